use std::hint::black_box;

use super::refill;

#[test]
fn functions_return_to_their_callers_after_a_refill() {
    // Deeper than what is refilled, with a value on the stack of each call.
    fn sum_to(number: u64) -> u64 {
        if number == 0 {
            return 0;
        }
        let own = black_box(number);
        let rest = sum_to(number - 1);
        refill();
        own + rest
    }
    assert_eq!(sum_to(black_box(100)), 5050);
}
