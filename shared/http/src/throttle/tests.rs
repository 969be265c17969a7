use roster_domain::UserId;

use super::*;
use crate::problem::ProblemKind;

const NOW: Duration = Duration::from_secs(1_000_000);
const LIMITS: RateLimits = RateLimits {
    user: quota(3),
    service: quota(5),
    failures: quota(2),
};

const fn quota(units: u32) -> Quota {
    Quota {
        units,
        window: Duration::from_secs(10),
    }
}

fn user(id: &str) -> Caller {
    Caller::User(UserId::parse(id).unwrap())
}

fn attempt(address: &str, token: &str) -> Attempt {
    Attempt::new(
        address.parse().ok(),
        Some(token).filter(|token| !token.is_empty()),
    )
}

/// Returns how many requests of a caller are accepted at a time.
fn answered(throttle: &Throttle, caller: &Caller, now: Duration) -> usize {
    let attempt = attempt("192.0.2.1", "good");
    let ask = |_: &usize| throttle.accept(&attempt, caller, now).is_ok();
    (0..100).filter(ask).count()
}

#[test]
fn a_caller_over_its_limit_waits_and_others_do_not() {
    let throttle = Throttle::new(LIMITS);
    let (ada, eve) = (user("ada"), user("eve"));
    assert_eq!(answered(&throttle, &eve, NOW), 3);
    let problem = throttle.accept(&attempt("192.0.2.1", "good"), &eve, NOW);
    let problem = problem.unwrap_err();
    // Three units in ten seconds are one in three and a third.
    assert_eq!(
        (problem.kind, problem.retry_after),
        (ProblemKind::TooManyRequests, Some(4))
    );
    assert_eq!(answered(&throttle, &ada, NOW), 3);
    assert_eq!(
        answered(&throttle, &Caller::Service("eve".to_owned()), NOW),
        5
    );
    assert_eq!(
        answered(&throttle, &Caller::Service("other".to_owned()), NOW),
        5
    );
    assert_eq!(answered(&throttle, &eve, NOW + Duration::from_secs(3)), 0);
    assert_eq!(answered(&throttle, &eve, NOW + Duration::from_secs(4)), 1);
    assert_eq!(answered(&throttle, &eve, NOW + Duration::from_secs(60)), 3);
}

#[test]
fn a_request_that_costs_more_is_charged_afterwards() {
    let throttle = Throttle::new(LIMITS);
    let ada = user("ada");
    throttle.charge(&ada, 2, NOW);
    let standing = throttle.standing(&ada, NOW);
    assert_eq!((standing.quota, standing.left), (LIMITS.user, 1));
    throttle.charge(&ada, 100, NOW);
    assert_eq!(throttle.standing(&ada, NOW).left, 0);
    let soon = NOW + LIMITS.user.window;
    assert_eq!(answered(&throttle, &ada, soon), 0);
    let later = NOW + 2 * LIMITS.user.window;
    assert_eq!(answered(&throttle, &ada, later), 3);
}

#[test]
fn an_address_without_valid_tokens_is_limited_except_for_tokens_valid_before() {
    let throttle = Throttle::new(LIMITS);
    let good = attempt("192.0.2.1", "good");
    throttle.accept(&good, &user("ada"), NOW).unwrap();
    for token in ["", "bad"] {
        let bad = attempt("192.0.2.1", token);
        assert_eq!(throttle.admit(&bad, NOW), Ok(()));
        throttle.failed(&bad, NOW);
    }
    for token in ["", "bad", "new"] {
        let problem = throttle.admit(&attempt("192.0.2.1", token), NOW);
        let problem = problem.unwrap_err();
        assert_eq!(
            (problem.kind, problem.retry_after),
            (ProblemKind::TooManyRequests, Some(5))
        );
    }
    assert_eq!(
        throttle.admit(&good, NOW),
        Ok(()),
        "a token that was valid before"
    );
    assert_eq!(
        throttle.admit(&attempt("192.0.2.2", "new"), NOW),
        Ok(()),
        "another address"
    );
    // A rejected request costs nothing, so new tokens are soon accepted again.
    let soon = NOW + Duration::from_secs(5);
    assert_eq!(throttle.admit(&attempt("192.0.2.1", "new"), soon), Ok(()));
}

#[test]
fn a_token_that_is_no_longer_valid_loses_its_exemption() {
    let throttle = Throttle::new(LIMITS);
    let token = attempt("192.0.2.1", "expires");
    throttle.accept(&token, &user("ada"), NOW).unwrap();
    for _ in 0..LIMITS.failures.units {
        assert_eq!(throttle.admit(&token, NOW), Ok(()));
        throttle.failed(&token, NOW);
    }
    assert!(throttle.admit(&token, NOW).is_err());
}

#[test]
fn unknown_addresses_share_a_bucket_and_so_does_an_ipv6_64_network() {
    let same = |a, b| attempt(a, "").address == attempt(b, "").address;
    assert!(same("", ""));
    assert!(!same("", "192.0.2.1"));
    assert!(!same("192.0.2.1", "192.0.2.2"));
    assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
    assert!(same("2001:db8::1", "2001:db8::ffff:0:0:2"));
    assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
}

#[test]
fn other_callers_and_addresses_do_not_evict_an_emptied_bucket() {
    let throttle = Throttle::new(LIMITS);
    let eve = user("eve");
    assert_eq!(answered(&throttle, &eve, NOW), 3);
    let flood = attempt("198.51.100.1", "");
    for _ in 0..LIMITS.failures.units {
        throttle.failed(&flood, NOW);
    }
    for n in 0..2 * limits::CALLERS {
        let address = format!("2001:db8:{:x}:{:x}::", n >> 16, n & 0xffff);
        let other = attempt(&address, "other");
        throttle
            .accept(&other, &user(&format!("u{n}")), NOW)
            .unwrap();
        throttle.failed(&other, NOW);
    }
    assert_eq!(answered(&throttle, &eve, NOW), 0);
    assert!(throttle.admit(&flood, NOW).is_err());
}
