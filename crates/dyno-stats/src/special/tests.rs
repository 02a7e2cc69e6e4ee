//! Values against arithmetic of thirty digits (mpmath), and the laws between the functions.

use proptest::prelude::*;

use super::{beta_cdf, beta_quantile, ln_gamma, normal_cdf, normal_quantile, t_cdf, t_quantile};

fn check(found: f64, expected: f64, of: &str) {
    let most = 1e-11 * expected.abs().max(1e-3);
    assert!((found - expected).abs() <= most, "{of}: {found} instead of {expected}");
}

#[test]
fn values_are_those_of_exact_arithmetic() {
    for (a, b, x, expected) in [
        (0.5, 0.5, 0.3, 0.369_010_119_565_545_4),
        (2.0, 3.0, 0.4, 0.5248),
        (10.0, 1.0, 0.9, 0.348_678_440_1),
        (3.5, 0.5, 0.99, 0.797_971_695_234_850_9),
        (200.0, 300.0, 0.41, 0.677_628_164_771_778_9),
        (500.0, 500.0, 0.51, 0.736_424_391_643_414_5),
        (1.0, 1e6, 1e-6, 0.632_120_742_768_355),
    ] {
        let found = beta_cdf(a, b, x);
        assert!((found - expected).abs() < 1e-9, "beta {a} {b} {x}: {found} instead of {expected}");
    }
    for (x, expected) in [
        (0.1, 2.252_712_651_734_206),
        (0.5, 0.572_364_942_924_700_1),
        (3.7, 1.428_072_326_665_388),
        (20.0, 39.339_884_187_199_49),
        (1e5, 1_051_287.708_973_656_9),
    ] {
        check(ln_gamma(x), expected, &format!("gamma {x}"));
    }
}

#[test]
fn student_and_normal_are_those_of_exact_arithmetic() {
    for (t, df, expected) in [
        (1.0, 1.0, 0.75),
        (2.998, 7.0, 0.990_000_685_211_399_2),
        (2.0, 30.0, 0.972_687_477_518_508_4),
        (0.1, 3.5, 0.537_097_790_156_554),
        (6.0, 200.0, 0.999_999_995_442_439_8),
    ] {
        check(t_cdf(t, df), expected, &format!("t {t} {df}"));
        check(t_cdf(-t, df), 1.0 - expected, &format!("t -{t} {df}"));
    }
    for (z, expected) in [
        (0.5, 0.691_462_461_274_013_1),
        (1.96, 0.975_002_104_851_779_6),
        (2.9, 0.998_134_186_699_616),
        (3.1, 0.999_032_396_786_781_6),
        (5.0, 0.999_999_713_348_428_1),
        (-4.0, 3.167_124_183_311_992e-5),
        (-1.0, 0.158_655_253_931_457_05),
    ] {
        check(normal_cdf(z), expected, &format!("normal {z}"));
    }
    for (p, df, expected) in [
        (0.99, 7.0, 2.997_951_566_868_5),
        (0.9, 7.0, 1.414_923_927_650_5),
        (0.995, 29.0, 2.756_385_903_670_6),
        (0.975, 1.0, 12.706_204_736_175),
    ] {
        check(t_quantile(p, df), expected, &format!("t quantile {p} {df}"));
    }
    check(normal_quantile(0.975), 1.959_963_984_540_054, "normal quantile");
}

#[test]
fn ends_are_ends() {
    assert_eq!((beta_cdf(2.0, 3.0, -1.0), beta_cdf(2.0, 3.0, 2.0)), (0.0, 1.0));
    assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
    assert_eq!(t_quantile(1.0, 3.0), f64::INFINITY);
    assert!(normal_cdf(f64::NAN).is_nan());
}

proptest! {
    #[test]
    fn quantiles_undo_their_distribution(p in 0.001..0.999f64, a in 0.5..80.0f64, b in 0.5..80.0f64) {
        prop_assert!((beta_cdf(a, b, beta_quantile(a, b, p)) - p).abs() < 1e-9);
        prop_assert!((t_cdf(t_quantile(p, a), a) - p).abs() < 1e-9);
        prop_assert!((normal_cdf(normal_quantile(p)) - p).abs() < 1e-12);
    }

    #[test]
    fn the_beta_function_is_its_own_mirror(a in 0.5..500.0f64, b in 0.5..500.0f64, x in 0.0..1.0f64) {
        prop_assert!((beta_cdf(a, b, x) + beta_cdf(b, a, 1.0 - x) - 1.0).abs() < 1e-9);
    }
}
