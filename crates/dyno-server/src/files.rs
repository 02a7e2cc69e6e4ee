//! Files as answers: ranges, validators, precompressed variants, and whole directories.
//!
//! Files are read on the server thread, 64 KiB at a time, which is right for what the page cache holds; put slow
//! disks behind something else. Called by handlers, and by the routes that [`Files`] makes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    LAST_MODIFIED, VARY,
};
use http::{HeaderValue, StatusCode};

use crate::app::body::Body;
use crate::app::response::Response;
use crate::request::Request;

mod conditional;
mod content_type;
mod directory;
pub(crate) mod encoding;
mod range;
mod source;

#[cfg(test)]
mod tests;

use conditional::{Precondition, Validators};
pub use directory::Files;
use range::Range;
use source::FileSource;

/// Files up to this size are read at once.
const WHOLE_BYTES_MAX: u64 = 64 * 1024;

/// A file that is open and can be answered with.
///
/// ```
/// use dyno_server::{App, Call, Error, File, Response, get};
///
/// # let directory = tempfile::tempdir().unwrap();
/// # let path = directory.path().join("report.txt");
/// # std::fs::write(&path, "all is well").unwrap();
/// # std::env::set_current_dir(directory.path()).unwrap();
/// #[get("/report")]
/// fn report(call: Call<'_>) -> Result<Response, Error> {
///     Ok(File::open("report.txt")?.attachment("report of today.txt").answer(&call))
/// }
///
/// let server = dyno_server::TestServer::start(|_| App::new().route(report));
/// let part = server.get("/report").header("range", "bytes=4-5").send();
/// assert_eq!((part.status(), part.text()), (206, "is"));
/// assert_eq!(part.header("content-range"), Some("bytes 4-5/11"));
///
/// let whole = server.get("/report").send();
/// let again = server.get("/report").header("if-none-match", whole.header("etag").unwrap()).send();
/// assert_eq!((again.status(), again.text()), (304, ""));
/// ```
#[derive(Debug)]
pub struct File {
    file: fs::File,
    length: u64,
    validators: Validators,
    content_type: HeaderValue,
    content_encoding: Option<&'static str>,
    varies: bool,
    disposition: Option<HeaderValue>,
    cache_control: Option<HeaderValue>,
}

impl File {
    /// Opens a file whose path the server itself has chosen. For paths that clients choose there is [`Files`].
    ///
    /// # Errors
    /// What the system says; `IsADirectory` for anything that is not a regular file.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let file = fs::File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(Self {
            file,
            length: metadata.len(),
            validators: Validators::of_file(modified, metadata.len()),
            content_type: content_type::of_path(path),
            content_encoding: None,
            varies: false,
            disposition: None,
            cache_control: None,
        })
    }

    /// The same with another content type; by default it follows from the extension.
    #[must_use]
    pub fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = HeaderValue::from_static(content_type);
        self
    }

    /// The same as a download that is to be saved under `name`.
    #[must_use]
    pub fn attachment(mut self, name: &str) -> Self {
        let plain: String =
            name.chars().map(|it| if it.is_ascii_graphic() || it == ' ' { it } else { '_' }).collect();
        let plain = plain.replace(['"', '\\'], "_");
        let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        let value = format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}");
        self.disposition = HeaderValue::try_from(value).ok();
        self
    }

    /// The same with a `Cache-Control` field.
    #[must_use]
    pub fn cache_control(mut self, value: HeaderValue) -> Self {
        self.cache_control = Some(value);
        self
    }

    /// The answer to `request`: the file, the part it asks for, or that it has not changed.
    #[must_use]
    pub fn answer(self, request: &Request<'_>) -> Response {
        let is_read = matches!(request.method(), "GET" | "HEAD");
        let range = match self.validators.evaluate(request, is_read) {
            Precondition::Failed => return self.head_only(StatusCode::PRECONDITION_FAILED),
            Precondition::NotModified => return self.head_only(StatusCode::NOT_MODIFIED),
            Precondition::Passed { wants_range: true } if request.method() == "GET" => {
                range::parse(request.header_str("range").unwrap_or(""), self.length)
            }
            Precondition::Passed { .. } => Range::Whole,
        };
        match range {
            Range::Whole => {
                let length = self.length;
                self.content(StatusCode::OK, 0, length)
            }
            Range::Part { first, length } => {
                let total = self.length;
                let last = first + length - 1;
                self.content(StatusCode::PARTIAL_CONTENT, first, length)
                    .with_header(CONTENT_RANGE, format!("bytes {first}-{last}/{total}"))
            }
            Range::Unsatisfiable => {
                let total = self.length;
                Response::new(StatusCode::RANGE_NOT_SATISFIABLE)
                    .with_header(CONTENT_RANGE, format!("bytes */{total}"))
                    .with_header(ACCEPT_RANGES, "bytes")
            }
        }
    }

    /// The fields that every answer about the file has.
    fn head_only(&self, status: StatusCode) -> Response {
        let mut response = Response::new(status)
            .with_header(ETAG, self.validators.etag.as_str())
            .with_header(LAST_MODIFIED, httpdate::fmt_http_date(self.validators.modified));
        if self.varies {
            response = response.with_header(VARY, "accept-encoding");
        }
        if let Some(value) = &self.cache_control {
            response = response.with_header(CACHE_CONTROL, value.clone());
        }
        response
    }

    fn content(self, status: StatusCode, first: u64, length: u64) -> Response {
        let mut response = self
            .head_only(status)
            .with_header(CONTENT_TYPE, self.content_type.clone())
            .with_header(ACCEPT_RANGES, "bytes");
        if let Some(encoding) = self.content_encoding {
            response = response.with_header(CONTENT_ENCODING, encoding);
        }
        if let Some(disposition) = &self.disposition {
            response = response.with_header(CONTENT_DISPOSITION, disposition.clone());
        }
        let mut source = FileSource::new(self.file, first, length);
        if length > WHOLE_BYTES_MAX {
            return response.with_body(Body::from_source(source, Some(length)));
        }
        match source.read_all() {
            Ok(bytes) => response.with_body(bytes),
            Err(error) => Response::from_error(error.into()),
        }
    }

    /// The variant of the file at `path` that `request` prefers: `path.br`, `path.gz`, or the file itself.
    fn open_variant(path: &Path, request: &Request<'_>) -> io::Result<Self> {
        let accepted = request.header_str("accept-encoding").unwrap_or("");
        let mut has_variants = false;
        for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
            let mut variant = path.as_os_str().to_owned();
            variant.push(format!(".{suffix}"));
            let variant = PathBuf::from(variant);
            // A link could lead out of the directory that `path` was found in.
            if !fs::symlink_metadata(&variant).is_ok_and(|metadata| metadata.is_file()) {
                continue;
            }
            let Ok(mut file) = Self::open(variant) else { continue };
            has_variants = true;
            if encoding::accepts(accepted, encoding) {
                file.content_type = content_type::of_path(path);
                file.content_encoding = Some(encoding);
                file.varies = true;
                return Ok(file);
            }
        }
        let mut file = Self::open(path)?;
        file.varies = has_variants;
        Ok(file)
    }
}
