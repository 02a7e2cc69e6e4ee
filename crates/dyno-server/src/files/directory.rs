//! A directory as routes: every file below it under its own path.

use std::io;
use std::path::{Path, PathBuf};

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use percent_encoding::percent_decode_str;

use super::File;
use crate::app::answer::Answer;
use crate::app::call::Call;
use crate::app::error::{Error, NotFound};
use crate::app::method_table::RouteMethod;
use crate::app::response::Response;
use crate::app::route::{IntoRoute, Route};

/// The files of a directory, by their paths.
///
/// Answers GET and HEAD. Names that begin with a dot are not served, nor is anything that a symbolic link leads to
/// outside of the directory. A directory is answered with its index file, if it has one. When a client takes them,
/// `style.css.br` and `style.css.gz` are sent in place of `style.css`.
///
/// ```
/// use dyno_server::{App, Files};
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let public = directory.path().to_owned();
/// # std::fs::write(public.join("index.html"), "<h1>Home</h1>").unwrap();
/// # std::fs::write(public.join("style.css"), "h1 {}").unwrap();
/// let app = move || App::new().route(Files::new("/static", &public).cache_control("max-age=3600"));
/// let server = dyno_server::TestServer::start(move |_| app());
/// let style = server.get("/static/style.css").send();
/// assert_eq!(style.header("content-type"), Some("text/css; charset=utf-8"));
/// assert_eq!(style.header("cache-control"), Some("max-age=3600"));
/// assert_eq!(server.get("/static/").send().text(), "<h1>Home</h1>");
/// assert_eq!(server.get("/static/../secret").send().status(), 404);
/// ```
#[derive(Debug, Clone)]
pub struct Files {
    prefix: String,
    root: PathBuf,
    index: Option<String>,
    cache_control: Option<HeaderValue>,
}

impl Files {
    /// Serves what is below `directory` under paths below `prefix`.
    #[must_use]
    pub fn new(prefix: &str, directory: impl Into<PathBuf>) -> Self {
        Self {
            prefix: prefix.trim_end_matches('/').to_owned(),
            root: directory.into(),
            index: Some("index.html".to_owned()),
            cache_control: None,
        }
    }

    /// The name of the file that stands for a directory; `index.html` unless said otherwise.
    #[must_use]
    pub fn index(mut self, name: &str) -> Self {
        self.index = Some(name.to_owned());
        self
    }

    /// Directories are answered with 404.
    #[must_use]
    pub fn without_index(mut self) -> Self {
        self.index = None;
        self
    }

    /// Sends a `Cache-Control` field with every file.
    ///
    /// # Panics
    /// When `value` is no literal that HTTP allows.
    #[must_use]
    pub fn cache_control(mut self, value: &'static str) -> Self {
        self.cache_control = Some(HeaderValue::from_static(value));
        self
    }

    fn answer(&self, call: &Call<'_>) -> Result<Response, Error> {
        let tail = call.values.as_slice().last().copied().unwrap_or("");
        let relative = relative_path(tail).ok_or(NotFound)?;
        let mut path = self.locate(&relative)?;
        if path.is_dir() {
            let index = self.index.as_ref().ok_or(NotFound)?;
            path = self.locate(&relative.join(index))?;
            if !call.path().ends_with('/') {
                // Relative links of the page only work below the slash.
                return Ok(redirect_into(call));
            }
        }
        let mut file = File::open_variant(&path, call).map_err(or_not_found)?;
        file.cache_control.clone_from(&self.cache_control);
        Ok(file.answer(call))
    }

    /// The real path of something below the root.
    fn locate(&self, relative: &Path) -> Result<PathBuf, Error> {
        let root = self.root.canonicalize()?;
        let path = root.join(relative).canonicalize().map_err(or_not_found)?;
        if path.starts_with(&root) { Ok(path) } else { Err(NotFound.into()) }
    }
}

impl IntoRoute for Files {
    fn into_route(self) -> Route {
        let patterns = [format!("{}/", self.prefix), format!("{}/{{*path}}", self.prefix)];
        let title = format!("files of {}", self.root.display());
        let answer =
            move |call: &Call<'_>| Answer::Now(self.answer(call).unwrap_or_else(Response::from_error));
        Route::answering(RouteMethod::Named("GET".to_owned()), patterns, answer).named(title)
    }
}

fn or_not_found(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidInput
        | io::ErrorKind::InvalidFilename
        | io::ErrorKind::PermissionDenied => NotFound.into(),
        _ => error.into(),
    }
}

/// The path that a client asks for, if it only goes down and names nothing hidden.
fn relative_path(tail: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(tail).decode_utf8().ok()?;
    let mut path = PathBuf::new();
    for segment in decoded.trim_end_matches('/').split('/') {
        let is_plain = !segment.starts_with('.') && !segment.contains(['\0', '\\']);
        if !is_plain || (segment.is_empty() && !decoded.is_empty()) {
            return None;
        }
        path.push(segment);
    }
    Some(path)
}

fn redirect_into(call: &Call<'_>) -> Response {
    let query = call.query().map_or_else(String::new, |query| format!("?{query}"));
    let path = call.path().trim_start_matches('/');
    Response::new(StatusCode::PERMANENT_REDIRECT).with_header(LOCATION, format!("/{path}/{query}"))
}
