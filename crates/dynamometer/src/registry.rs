//! The only place that names drivers: from a plan to who plays it.

use dyno_engine::{Driver, TargetInfo};
use dyno_http::HttpDriver;
use dyno_model::{RunPlan, Workload};

use crate::error::CommandError;

/// The driver for a plan.
///
/// # Errors
/// When the plan names a target that cannot be found or cannot be spoken to.
pub fn driver(plan: &RunPlan) -> Result<Box<dyn Driver>, CommandError> {
    match plan.workload {
        Workload::Http(_) => Ok(Box::new(HttpDriver::new(plan)?)),
    }
}

/// Asks the driver whether the target can be measured at all.
///
/// # Errors
/// When it cannot, with what to do.
pub fn check(driver: &dyn Driver) -> Result<TargetInfo, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::internal("cannot start a runtime").because(error))?;
    Ok(runtime.block_on(driver.check())?)
}
