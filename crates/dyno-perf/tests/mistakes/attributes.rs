use dyno_perf::benchmark;

#[benchmark(gate = "p99 < 20")]
fn without_a_unit() {}

#[benchmark(gate = ["errors < 1%", "\"other\".p99 < 1ms"])]
fn of_another() {}

#[benchmark(gate = "rate > 99% of asked")]
fn without_a_rate() {}

#[benchmark(title = "x")]
fn unknown_argument() {}

#[benchmark(name = "")]
fn without_a_name() {}

#[benchmark]
struct NoFunction;

#[benchmark]
const fn constant() -> u32 {
    1
}

#[benchmark]
fn only_made() -> impl Future<Output = u32> {
    async { 1 }
}

#[benchmark]
fn boxed() -> std::pin::Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async { 1 })
}

trait Open {
    #[benchmark]
    fn without_a_body(&self);
}

// What is wrong without the attribute is said as without it.
#[benchmark]
fn wrong_value() -> Result<u32, String> {
    Ok("text")
}

#[benchmark]
async fn wrong_value_later() -> u32 {
    "text"
}
