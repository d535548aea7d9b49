//! Bad input: a clear error that says what, where and what to do; never a panic.

mod common;

use common::{Random, real};
use resolvent::{Detail, Error, Mat, MatMut, MatRef, Scalar, Stack, StackMut, StackRef, broadcast_batches};

/// More elements than an address has room for.
const HUGE: usize = usize::MAX / 2;

fn not_square<T: Scalar>() {
    for shape in [&[2, 3][..], &[3, 2], &[0, 1], &[4, 30, 31], &[0, 5, 2], &[2, 0, 3, 0]] {
        let a = Stack::<T>::zeros(shape).unwrap();
        let expected = Error::NotSquare { shape: shape.to_vec() };
        assert_eq!(resolvent::inv(&a).unwrap_err(), expected);
        assert_eq!(resolvent::inv_ex(&a).unwrap_err(), expected);
        assert_eq!(resolvent::det(&a).unwrap_err(), expected);
        assert_eq!(resolvent::slogdet(&a).unwrap_err(), expected);
        assert_eq!(resolvent::lu(&a).unwrap_err(), expected);
        let b = vec![T::zero(); shape[shape.len() - 2]];
        assert_eq!(resolvent::solve(&a, &b).unwrap_err(), expected);
        assert_eq!(resolvent::solve_ex(&a, &b).unwrap_err(), expected);
        let text = expected.to_string();
        assert!(text.contains(&format!("{shape:?}")) && text.contains("square"), "{text}");
    }
}

fn shapes_that_do_not_fit<T: Scalar>() {
    for n in [2, 30] {
        let a = Mat::<T>::identity(n);
        let lu = resolvent::lu(&a).unwrap();
        for b in
            [Mat::<T>::zeros(n + 1, 1).unwrap(), Mat::zeros(n - 1, 2).unwrap(), Mat::zeros(0, 0).unwrap()]
        {
            for error in [
                resolvent::solve(&a, &b).unwrap_err(),
                resolvent::solve_ex(&a, &b).unwrap_err(),
                lu.solve(&b).unwrap_err(),
                lu.solve_side(resolvent::Side::Transposed, &b).unwrap_err(),
            ] {
                let Error::ShapeMismatch { a: left, b: right, .. } = &error else { panic!("{error:?}") };
                assert_eq!((left.as_slice(), right.as_slice()), (&[n, n][..], &b.shape()[..]));
                let text = error.to_string();
                assert!(
                    text.contains("as many rows") && text.contains(&format!("{:?}", b.shape())),
                    "{text}"
                );
            }
        }
        assert!(matches!(resolvent::solve(&a, &vec![T::zero(); n + 1]), Err(Error::ShapeMismatch { .. })));
        assert!(matches!(resolvent::solve(&a, &[] as &[T]), Err(Error::ShapeMismatch { .. })));
        // A vector is one-dimensional: a row is not a right-hand side.
        assert!(matches!(resolvent::solve(&a, &Mat::zeros(1, n).unwrap()), Err(Error::ShapeMismatch { .. })));
    }
    // The outputs are given by the caller.
    let a = Stack::<T>::zeros(&[3, 2, 2]).unwrap();
    let mut out = Stack::<T>::zeros(&[2, 2, 2]).unwrap();
    let error = resolvent::inv_into(&a.as_ref(), &mut out.as_mut(), Detail::Full).unwrap_err();
    assert!(
        matches!(&error, Error::ShapeMismatch { a, b, .. } if *a == [3, 2, 2] && *b == [2, 2, 2]),
        "{error}"
    );
    let b = Stack::<T>::zeros(&[2, 4]).unwrap();
    for shape in [&[2, 4][..], &[3, 2, 3], &[3, 4, 2], &[1, 2, 4]] {
        let mut out = Stack::<T>::zeros(shape).unwrap();
        let error = resolvent::solve_into(&a.as_ref(), &b.as_ref(), &mut out.as_mut(), Detail::Full);
        assert!(matches!(error, Err(Error::ShapeMismatch { .. })), "{shape:?}");
    }
    for len in [0, 2, 4] {
        let mut out = vec![T::zero(); len];
        let error = resolvent::det_into(&a.as_ref(), &mut out).unwrap_err();
        assert_eq!(error, Error::WrongLength { shape: vec![3], needed: 3, len });
        let mut logs = vec![T::zero().re(); 3];
        assert!(resolvent::slogdet_into(&a.as_ref(), &mut out, &mut logs).is_err());
    }
}

fn broadcasting<T: Scalar>() {
    let zeros = |shape: &[usize]| Stack::<T>::zeros(shape).unwrap();
    let good = [
        (&[4, 1, 2, 2][..], &[3, 2, 5][..], &[4, 3, 2, 5][..]),
        (&[2, 2], &[7, 2, 1], &[7, 2, 1]),
        (&[1, 2, 2], &[0, 2, 3], &[0, 2, 3]),
        (&[0, 2, 2], &[2, 3], &[0, 2, 3]),
        (&[6, 0, 0], &[0, 4], &[6, 0, 4]),
        (&[5, 3, 3], &[3, 0], &[5, 3, 0]),
    ];
    for (a, b, x) in good {
        let found = resolvent::solve_ex(&zeros(a), &zeros(b)).unwrap();
        assert_eq!(found.solution.shape(), x);
        assert_eq!(found.info.batch, x[..x.len() - 2]);
        if let Ok(lu) = resolvent::lu(&zeros(a))
            && lu.info().check().is_ok()
        {
            assert_eq!(lu.solve(&zeros(b)).unwrap().shape(), x);
        }
    }
    for (a, b) in [(&[2, 3, 3][..], &[3, 3, 1][..]), (&[2, 1, 3, 3], &[4, 3, 3, 1]), (&[0, 3, 3], &[2, 3, 1])]
    {
        let error = resolvent::solve(&zeros(a), &zeros(b)).unwrap_err();
        assert!(error.to_string().contains("broadcast"), "{error}");
    }
    assert_eq!(broadcast_batches(&[], &[]).unwrap(), [0; 0]);
    assert_eq!(broadcast_batches(&[3, 1, 5], &[4, 1]).unwrap(), [3, 4, 5]);
    assert!(broadcast_batches(&[2], &[0]).is_err());
    // A stack of solutions needs a home.
    let (a, b) = (Stack::<T>::zeros(&[2, 3, 3]).unwrap(), [T::zero(); 3]);
    let identity = Stack::from_vec(Mat::<T>::identity(3).into_vec().repeat(2), &[2, 3, 3]).unwrap();
    let error = resolvent::solve(&identity, &b).unwrap_err();
    assert!(error.to_string().contains("pass a Vec"), "{error}");
    assert_eq!(resolvent::solve(&identity, b.as_slice()).unwrap().len(), 6);
    let error = resolvent::solve(&identity, &Mat::<T>::zeros(3, 2).unwrap()).unwrap_err();
    assert!(error.to_string().contains("pass a Stack"), "{error}");
    assert!(matches!(resolvent::solve(&a, &b[..]), Err(Error::Singular { all, .. }) if all == [0, 1]));
}

fn slices_and_shapes<T: Scalar>() {
    let mut data = [T::one(); 6];
    for (rows, cols) in [(2, 2), (3, 3), (0, 6), (7, 1)] {
        let expected = Error::WrongLength { shape: vec![rows, cols], needed: rows * cols, len: 6 };
        assert_eq!(MatRef::from_row_major(&data, rows, cols).unwrap_err(), expected);
        assert!(matches!(MatRef::from_column_major(&data, rows, cols), Err(Error::WrongLength { .. })));
        assert_eq!(MatMut::from_row_major(&mut data, rows, cols).unwrap_err(), expected);
        assert_eq!(Mat::from_vec(data.to_vec(), rows, cols).unwrap_err(), expected);
        assert_eq!(StackRef::from_slice(&data, &[rows, cols]).unwrap_err(), expected);
        assert_eq!(StackMut::from_slice(&mut data, &[rows, cols]).unwrap_err(), expected);
        assert_eq!(Stack::from_vec(data.to_vec(), &[rows, cols]).unwrap_err(), expected);
        let text = expected.to_string();
        assert!(
            text.contains(&format!("{} elements", rows * cols)) && text.contains("there are 6"),
            "{text}"
        );
    }
    let expected = Error::NotAMatrix { shape: vec![6] };
    assert_eq!(StackRef::from_slice(&data, &[6]).unwrap_err(), expected);
    assert_eq!(Stack::<T>::zeros(&[6]).unwrap_err(), expected);
    assert!(matches!(StackRef::from_slice(&data[..1], &[]), Err(Error::NotAMatrix { .. })));
    assert!(expected.to_string().contains("two dimensions"));
    let b = StackRef::from_slice(&data, &[2, 3]).unwrap();
    assert!(b.broadcast_to(&[2]).is_ok());
    let b = StackRef::from_slice(&data, &[3, 2, 1]).unwrap();
    assert!(b.broadcast_to(&[2]).is_err() && b.broadcast_to(&[]).is_err() && b.broadcast_to(&[5, 3]).is_ok());
}

fn too_large<T: Scalar>() {
    let shapes: [&[usize]; 6] = [
        &[HUGE, 2],
        &[1 << 32, 1 << 32],
        &[1 << 22, 1 << 22, 1 << 22],
        &[HUGE, HUGE],
        &[0, HUGE, HUGE],
        &[usize::MAX, 1],
    ];
    for shape in shapes {
        let expected = Error::TooLarge { shape: shape.to_vec() };
        assert_eq!(Stack::<T>::zeros(shape).unwrap_err(), expected, "{shape:?}");
        assert_eq!(StackRef::<T>::from_slice(&[], shape).unwrap_err(), expected);
        if let [rows, cols] = *shape {
            assert_eq!(Mat::<T>::zeros(rows, cols).unwrap_err(), expected);
            assert_eq!(MatRef::<T>::from_row_major(&[], rows, cols).unwrap_err(), expected);
        }
        assert!(expected.to_string().contains(&format!("{shape:?}")));
    }
    // It could be addressed, but no machine has it.
    let error = Stack::<T>::zeros(&[1 << 28, 1 << 28]).unwrap_err();
    match error {
        Error::OutOfMemory { bytes: needed } | Error::TooLittleMemory { needed, .. } => {
            assert_eq!(needed, size_of::<T>() << 56);
        }
        other => panic!("{other}"),
    }
    assert!(error.to_string().contains("smaller"), "{error}");

    // Views of strides zero are large at no cost; what is made from them is not.
    let one = [T::one()];
    for n in [1 << 48, 1 << 50, HUGE] {
        // SAFETY: every element is the same one, which is readable.
        let a = unsafe { MatRef::from_raw_parts(one.as_ptr(), n, n, 0, 0) };
        let too_much = |error: Error| {
            matches!(
                error,
                Error::TooLarge { .. } | Error::OutOfMemory { .. } | Error::TooLittleMemory { .. }
            )
        };
        assert!(too_much(resolvent::inv(&a).unwrap_err()));
        assert!(too_much(resolvent::det(&a).unwrap_err()));
        assert!(too_much(resolvent::slogdet(&a).unwrap_err()));
        assert!(too_much(resolvent::lu(&a).unwrap_err()));
        // SAFETY: as above.
        let b = unsafe { MatRef::from_raw_parts(one.as_ptr(), n, 1, 0, 0) };
        assert!(too_much(resolvent::solve(&a, &b).unwrap_err()));
        // Many right-hand sides of a small matrix; many small matrices.
        // SAFETY: as above.
        let b = unsafe { MatRef::from_raw_parts(one.as_ptr(), 2, n << 10, 0, 0) };
        assert!(n == HUGE || too_much(resolvent::solve(&Mat::<T>::identity(2), &b).unwrap_err()));
        let identity = Mat::<T>::identity(2);
        for batch in [&[1 << 50][..], &[n, n], &[n, n, n]] {
            let Ok(stack) = StackRef::from(identity.as_ref()).broadcast_to(batch) else { continue };
            assert!(too_much(resolvent::inv(&stack).unwrap_err()), "{batch:?}");
            assert!(too_much(resolvent::det(&stack).unwrap_err()), "{batch:?}");
            assert!(too_much(resolvent::slogdet(&stack).unwrap_err()), "{batch:?}");
            assert!(too_much(resolvent::lu(&stack).unwrap_err()), "{batch:?}");
            assert!(too_much(resolvent::solve(&stack, &[T::one(); 2]).unwrap_err()), "{batch:?}");
        }
    }
}

fn nothing<T: Scalar>() {
    for shape in [&[0, 0][..], &[3, 0, 0], &[0, 3, 3], &[0, 30, 30], &[4, 0, 2, 2], &[0, 0, 0]] {
        let a = Stack::<T>::zeros(shape).unwrap();
        assert_eq!(resolvent::inv(&a).unwrap().shape(), shape);
        assert_eq!(resolvent::lu(&a).unwrap().inverse().unwrap().shape(), shape);
        assert_eq!(resolvent::lu(&a).unwrap().l().unwrap().shape(), shape);
        let batch: usize = shape[..shape.len() - 2].iter().product();
        assert_eq!(resolvent::det(&a).unwrap().len(), batch);
        let n = shape[shape.len() - 1];
        for k in [0, 1, 5] {
            let b = Stack::<T>::zeros(&[n, k]).unwrap();
            let x = [&shape[..shape.len() - 1], &[k]].concat();
            assert_eq!(resolvent::solve(&a, &b).unwrap().shape(), x);
            assert_eq!(resolvent::lu(&a).unwrap().solve(&b).unwrap().shape(), x);
        }
        assert!(resolvent::solve(&a, &vec![T::zero(); n]).unwrap().is_empty());
    }
    // No right-hand sides at all, but a matrix to judge.
    for n in [1, 4, 24, 25, 50] {
        let found = resolvent::solve_ex(&Mat::<T>::identity(n), &Mat::zeros(n, 0).unwrap()).unwrap();
        assert_eq!(found.solution.shape(), [n, 0]);
        assert_eq!(found.info.backward_error, [0.0]);
        // An estimate adds n times 1/n.
        assert!((found.info.rcond[0] - 1.0).abs() <= n as f64 * common::eps::<T>());
        let singular = resolvent::solve(&Mat::<T>::zeros(n, n).unwrap(), &Mat::zeros(n, 0).unwrap());
        let dependence = Some("row 0 is zero".to_owned());
        assert_eq!(singular.unwrap_err(), Error::Singular { matrix: 0, pivot: 0, dependence, all: vec![0] });
    }
}

every_type! { not_square shapes_that_do_not_fit broadcasting slices_and_shapes too_large nothing }

#[test]
fn a_broadcast_that_overflows() {
    let one = Mat::<f64>::identity(2);
    let stack = StackRef::from(one.as_ref());
    for batch in [&[HUGE, 4][..], &[1 << 33, 1 << 33]] {
        assert_eq!(
            stack.broadcast_to(batch).unwrap_err(),
            Error::TooLarge { shape: [batch, &[2, 2]].concat() }
        );
    }
    assert_eq!(stack.broadcast_to(&[0, HUGE]).unwrap().len(), 0);
}

#[test]
fn threads() {
    for count in [0, 1025, usize::MAX] {
        let error = resolvent::set_num_threads(count).unwrap_err();
        assert!(matches!(&error, Error::Threads { requested, .. } if *requested == count.to_string()));
        assert!(error.to_string().contains("between 1 and 1024"), "{error}");
    }
    assert!(resolvent::num_threads().unwrap() >= 1);
}

#[test]
fn a_long_list_of_singular_matrices_is_cut() {
    let mut a = Stack::<f64>::zeros(&[20, 3, 3]).unwrap();
    let error = resolvent::inv(&a).unwrap_err();
    assert_eq!(
        error.to_string(),
        "matrix 0 is singular: row 0 is zero \
         (20 matrices of the stack are singular: 0, 1, 2, 3, 4, 5, 6, 7, ...)"
    );
    let mut random = Random::new(1);
    for l in 0..20 {
        if l != 13 {
            let mut stack = a.as_mut();
            let mut matrix = stack.matrix_mut(l);
            (0..9).for_each(|p| matrix.set(p / 3, p % 3, real(random.uniform())));
        }
    }
    let error = resolvent::inv(&a).unwrap_err();
    assert_eq!(error.to_string(), "matrix 13 is singular: row 0 is zero");
}
