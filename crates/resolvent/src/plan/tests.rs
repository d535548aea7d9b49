//! What the plan promises of its decisions.

use super::*;

fn plan(verb: Verb, order: usize, stack: usize) -> Plan {
    Plan::new::<f64>(verb, order, stack, f64::kernels(Isa::Portable), 2, None)
}

#[test]
fn the_method_depends_on_the_order_alone() {
    for stack in [1, 2, 1_000_000] {
        assert_eq!(plan(Verb::Invert, small_order::<f64>(), stack).method, Method::Small);
        assert_eq!(plan(Verb::Invert, small_order::<f64>() + 1, stack).method, Method::Blocked);
    }
    assert_eq!(plan(Verb::Invert, 0, 3).method, Method::Empty);
    assert_eq!(plan(Verb::Invert, 3, 0).method, Method::Empty);
}

#[test]
fn many_right_hand_sides_go_side_by_side() {
    for stack in [1, 1_000_000] {
        assert_eq!(plan(Verb::Solve { rhs: SMALL_RHS }, 3, stack).method, Method::Small);
        assert_eq!(plan(Verb::Solve { rhs: SMALL_RHS + 1 }, 3, stack).method, Method::Blocked);
    }
}

#[test]
fn threads_go_to_matrices_first() {
    let many = plan(Verb::Factor, 500, 10);
    assert_eq!((many.outer_threads, many.inner_threads), (2, 1));
    let one = plan(Verb::Factor, 500, 1);
    assert_eq!((one.outer_threads, one.inner_threads), (1, 2));
    assert_eq!(plan(Verb::Invert, 3, 1).threads(), 1);
}

#[test]
fn a_plan_prints_as_one_line() {
    let text = plan(Verb::Solve { rhs: 2 }, 3, 4).to_string();
    assert!(text.starts_with("solve for 2: 4 x 3 x 3 float64 on portable: small kernels: lu"), "{text}");
}
