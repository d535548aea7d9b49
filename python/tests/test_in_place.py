"""`out=` over the operands: in place, turned around, shifted by anything; always as if no memory were shared."""

from collections.abc import Iterator

import numpy as np
import pytest
from cases import DTYPES, LAYOUTS, matrices, right_hand_sides, same_bits

import resolvent as rs

ORDERS = (1, 2, 3, 4, 5, 6, 7, 8, 16, 33)
# Odd, and more than there are lanes in two groups.
STACK = 35
CASES = [(order, dtype) for order in ORDERS for dtype in DTYPES] + [(70, np.float64)]


def shared(values: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """A name, an operand that equals `values`, and an output that overlaps it."""

    def laid(name: str, operand: np.ndarray, out: np.ndarray):
        operand[...] = values
        return name, operand, out

    for name, lay in LAYOUTS.items():
        if name not in ("read-only", "swapped"):
            memory = lay(values.copy())
            yield laid(f"itself, {name}", memory, memory)
    turned = {
        "the stack reversed": lambda a: a[::-1],
        "rows reversed": lambda a: a[..., ::-1, :],
        "all reversed": lambda a: a[::-1, ::-1, ::-1],
    }
    if values.shape[-1] == values.shape[-2]:
        turned["transposed"] = lambda a: a.swapaxes(-1, -2)
    for name, turn in turned.items():
        memory = np.zeros_like(values)
        yield laid(name, memory, turn(memory))
    for matrices_apart in (1, 2, 5, STACK - 1):
        memory = np.zeros((STACK + matrices_apart, *values.shape[1:]), values.dtype)
        low, high = memory[:STACK], memory[matrices_apart:]
        yield laid(f"{matrices_apart} matrices on", low, high)
        yield laid(f"{matrices_apart} matrices back", high, low)
    for elements in {1, values.shape[-1], values.size // 2}:
        memory = np.zeros(values.size + elements, values.dtype)
        low, high = (part.reshape(values.shape) for part in (memory[: values.size], memory[elements:]))
        yield laid(f"{elements} elements on", low, high)
        yield laid(f"{elements} elements back", high, low)
    # The matrices side by side, one place on; and every second matrix, over the ones between.
    memory = np.zeros((*values.shape[1:], STACK + 1), values.dtype)
    yield laid("stack last, one on", np.moveaxis(memory, -1, 0)[:-1], np.moveaxis(memory, -1, 0)[1:])
    memory = np.zeros((2 * STACK, *values.shape[1:]), values.dtype)
    yield laid("in between", memory[::2], memory[1::2])


@pytest.mark.parametrize(("order", "dtype"), CASES)
def test_inverses(order, dtype):
    values = matrices(order, (STACK,), dtype)
    expected = rs.inv(values)
    for name, a, out in shared(values):
        assert rs.inv(a, out=out) is out
        assert same_bits(out, expected), name


@pytest.mark.parametrize(("order", "dtype"), CASES)
def test_solutions_over_the_right_hand_side(order, dtype):
    a = matrices(order, (STACK,), dtype)
    for columns in {1, 3, order}:
        values = right_hand_sides((STACK, order, columns), dtype)
        expected = rs.solve(a, values)
        for name, b, out in shared(values):
            assert rs.solve(a, b, out=out) is out
            assert same_bits(out, expected), f"{columns} columns, {name}"


@pytest.mark.parametrize(("order", "dtype"), CASES)
def test_solutions_over_the_matrix(order, dtype):
    values, b = matrices(order, (STACK,), dtype), right_hand_sides((STACK, order, order), dtype)
    expected = rs.solve(values, b)
    for name, a, out in shared(values):
        assert rs.solve(a, b, out=out) is out
        assert same_bits(out, expected), name


@pytest.mark.parametrize("order", ORDERS)
def test_one_operand_for_all_and_within_the_output(order):
    one = matrices(order)
    memory = np.zeros((STACK, order, order))
    for place in (0, 4, STACK - 1):
        memory[place] = one
        rs.inv(np.broadcast_to(memory[place], memory.shape), out=memory)
        assert same_bits(memory, np.tile(rs.inv(one), (STACK, 1, 1)))

        stack = matrices(order, (STACK,))
        memory[place] = one
        expected = rs.solve(stack, one)
        rs.solve(stack, memory[place], out=memory)
        assert same_bits(memory, expected), "one right-hand side"

        memory[place] = one
        expected = rs.solve(one, stack)
        rs.solve(memory[place], stack, out=memory)
        assert same_bits(memory, expected), "one matrix"

    vector = right_hand_sides((order,))
    expected = rs.solve(one, vector)
    assert rs.solve(one, vector, out=vector) is vector
    assert same_bits(vector, expected)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 8])
def test_tasks_do_not_write_what_others_read(order):
    """Several tasks on two threads, each beginning where another one ends."""
    stack = 150_000 // order**2
    values, b = matrices(order, (stack,)), right_hand_sides((stack, order, 1))
    inverse, solution = rs.inv(values), rs.solve(values, b)
    before = rs.get_num_threads()
    rs.set_num_threads(2)
    try:
        for shift in (0, 1, 7, stack // 2):
            memory = np.zeros((stack + shift, order, order))
            for a, out in ((memory[:stack], memory[shift:]), (memory[shift:], memory[:stack])):
                a[...] = values
                rs.inv(a, out=out)
                assert same_bits(out, inverse), shift
            memory = np.zeros((stack + shift, order, 1))
            for side, out in ((memory[:stack], memory[shift:]), (memory[shift:], memory[:stack])):
                side[...] = b
                rs.solve(values, side, out=out)
                assert same_bits(out, solution), shift
        a = values.copy()
        rs.inv(a, out=a[::-1])
        assert same_bits(a[::-1], inverse)
    finally:
        rs.set_num_threads(before)


@pytest.mark.parametrize("order", ORDERS)
def test_singular_matrices_in_place(order):
    values, b = matrices(order, (STACK,)), right_hand_sides((STACK, order, 1))
    values[[3, STACK - 1], :, 0] = 0
    inverse, solution = rs.inv_ex(values).inverse, rs.solve_ex(values, b).solution
    a, x = values.copy(), b.copy()
    for call in (lambda: rs.solve(a, x, out=x), lambda: rs.inv(a, out=a)):
        with pytest.raises(rs.SingularMatrixError) as caught:
            call()
        assert caught.value.indices == (3, STACK - 1)
    assert same_bits(a, inverse)
    assert same_bits(x, solution)
