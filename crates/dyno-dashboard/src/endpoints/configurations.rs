//! `/api/configurations`.

use std::time::SystemTime;

use dyno_server::{Call, Response, StatusCode};
use dyno_store::new_benchmark_id;

use super::{id_of, object};
use crate::answer;
use crate::configuration::{self, Rules};
use crate::problem::Problem;
use crate::queue::now;
use crate::shared::Shared;

pub(super) fn create(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let given = object(call)?;
    let rules = Rules { settings: &shared.settings, clients: &shared.clients };
    let id = new_benchmark_id(SystemTime::now());
    let configuration = configuration::read(&given, &rules, &id, &now()).map_err(Problem::invalid)?;
    shared.open()?.keep_configuration(&configuration)?;
    shared.secrets().remember(&configuration);
    Ok(Response::json(&answer::configuration(&configuration))
        .with_status(StatusCode::CREATED)
        .with_header("location", format!("/api/configurations/{id}")))
}

pub(super) fn read(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let id = id_of(call);
    let found = shared.open()?.configuration(&id)?;
    let configuration = found.ok_or_else(|| Problem::unknown("configuration", &id))?;
    Ok(Response::json(&answer::configuration(&configuration)))
}

pub(super) fn change(call: &Call<'_>, shared: &Shared) -> Result<Response, Problem> {
    let id = id_of(call);
    let given = object(call)?;
    let mut store = shared.open()?;
    let mut kept = store.configuration(&id)?.ok_or_else(|| Problem::unknown("configuration", &id))?;
    kept.status = configuration::read_status(&given).map_err(Problem::invalid)?;
    store.keep_configuration(&kept)?;
    let mut secrets = shared.secrets();
    if let Some(mut whole) = secrets.whole(&id) {
        whole.status = kept.status;
        secrets.remember(&whole);
    }
    Ok(Response::json(&answer::configuration(&kept)))
}
