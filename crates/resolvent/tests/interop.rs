//! Other crates' matrices go in as they are and come back in their own types.

mod common;

use common::Random;
use resolvent::Mat;

#[cfg(feature = "ndarray")]
mod arrays {
    use ndarray::{Array, Array1, Array2, Array3, Array4, ArrayD, Axis, IxDyn, ShapeBuilder, arr0, s};
    use resolvent::{Complex, Error, SLogDet, Status};

    use super::*;

    fn random3(shape: (usize, usize, usize), seed: u64) -> Array3<f64> {
        let mut random = Random::new(seed);
        Array3::from_shape_simple_fn(shape, || random.uniform())
    }

    fn to_mat(a: &ndarray::ArrayView2<'_, f64>) -> Mat<f64> {
        Mat::from_fn(a.nrows(), a.ncols(), |i, j| a[[i, j]])
    }

    #[test]
    fn each_dimension_comes_back() {
        let a: Array2<f64> = ndarray::array![[2.0, 1.0], [1.0, 3.0]];
        let b: Array1<f64> = ndarray::array![5.0, 4.0];
        let x: Array1<f64> = resolvent::solve(&a, &b).unwrap();
        assert!((&x - &ndarray::array![2.2, 0.6]).iter().all(|d| d.abs() < 1e-15));
        let inverse: Array2<f64> = resolvent::inv(&a).unwrap();
        assert!((a.dot(&inverse) - Array2::<f64>::eye(2)).iter().all(|d| d.abs() < 1e-15));
        let det: f64 = resolvent::det(&a).unwrap();
        assert_eq!(det, 5.0);
        let SLogDet { sign, logabsdet } = resolvent::slogdet(&a).unwrap();
        assert_eq!((sign, logabsdet), (1.0, 5.0_f64.ln()));

        let stack = random3((6, 4, 4), 1);
        let inverses: Array3<f64> = resolvent::inv(&stack).unwrap();
        let dets: Array1<f64> = resolvent::det(&stack).unwrap();
        for l in 0..6 {
            let one = stack.index_axis(Axis(0), l);
            assert_eq!(resolvent::inv(&one).unwrap(), inverses.index_axis(Axis(0), l));
            assert_eq!(resolvent::det(&one).unwrap(), dets[l]);
        }
        let four: Array4<f64> = stack.clone().into_shape_with_order((2, 3, 4, 4)).unwrap();
        let inverse: Array4<f64> = resolvent::inv(&four).unwrap();
        assert_eq!(inverse.into_shape_with_order((6, 4, 4)).unwrap(), inverses);
        let dets4: Array2<f64> = resolvent::det(&four).unwrap();
        assert_eq!(dets4.iter().collect::<Vec<_>>(), dets.iter().collect::<Vec<_>>());
        let dynamic: ArrayD<f64> = four.clone().into_dyn();
        let inverse: ArrayD<f64> = resolvent::inv(&dynamic).unwrap();
        assert_eq!(inverse.shape(), [2, 3, 4, 4]);
        let dets: ArrayD<f64> = resolvent::det(&dynamic).unwrap();
        assert_eq!(dets.shape(), [2, 3]);
        let logs = resolvent::slogdet(&four).unwrap();
        assert_eq!(logs.dim(), (2, 3));
        assert!((logs[[1, 2]].sign * logs[[1, 2]].logabsdet.exp() - dets[[1, 2]]).abs() < 1e-14);
    }

    #[test]
    fn views_of_any_strides() {
        for n in [3, 30] {
            let big = random3((5, 2 * n, 3 * n), 2);
            let views = [
                big.slice(s![.., ..n, ..n]),
                big.slice(s![..;-1, ..;2, ..;3]),
                big.slice(s![1..4;2, ..;-2, ..;-3]),
                big.slice(s![.., ..n, n..2 * n]).permuted_axes([0, 2, 1]),
            ];
            for view in views {
                let own = view.to_owned();
                assert_eq!(resolvent::inv(&view).unwrap(), resolvent::inv(&own).unwrap());
                assert_eq!(resolvent::det(&view).unwrap(), resolvent::det(&own).unwrap());
                let b = random3((1, n, 2), 3);
                let x = resolvent::solve(&view, &b).unwrap();
                assert_eq!(x, resolvent::solve(&own, &b).unwrap());
                for l in 0..view.dim().0 {
                    let (a, x) = (to_mat(&view.index_axis(Axis(0), l)), to_mat(&x.index_axis(Axis(0), l)));
                    let b = to_mat(&b.index_axis(Axis(0), 0));
                    assert_eq!(resolvent::solve(&a, &b).unwrap(), x);
                }
            }
        }
        // Fortran order, the last axis first, a broadcast, a vector with steps, a reversed vector.
        let a = random3((1, 3, 3), 4).index_axis_move(Axis(0), 0);
        let mut fortran = Array2::zeros((3, 3).f());
        fortran.assign(&a);
        assert_eq!(resolvent::inv(&fortran).unwrap(), resolvent::inv(&a).unwrap());
        assert_eq!(resolvent::inv(&a.t()).unwrap(), resolvent::inv(&a.t().to_owned()).unwrap());
        let wide = a.broadcast((4, 3, 3)).unwrap();
        let inverses = resolvent::inv(&wide).unwrap();
        assert!(inverses.outer_iter().all(|x| x == resolvent::inv(&a).unwrap()));
        let interleaved = random3((3, 3, 7), 5).permuted_axes([2, 0, 1]);
        let standard = interleaved.as_standard_layout().into_owned();
        assert_eq!(resolvent::inv(&interleaved).unwrap(), resolvent::inv(&standard).unwrap());
        let long = Array1::from_iter((0..7).map(f64::from));
        let (steps, backwards) = (long.slice(s![1..;2]), long.slice(s![..3;-1]));
        assert_eq!(resolvent::solve(&a, &steps).unwrap(), resolvent::solve(&a, &steps.to_owned()).unwrap());
        let reversed = Array1::from_vec(vec![2.0, 1.0, 0.0]);
        assert_eq!(resolvent::solve(&a, &backwards).unwrap(), resolvent::solve(&a, &reversed).unwrap());
    }

    /// NumPy 2: one dimension is a vector, everything else is a stack of matrices.
    #[test]
    fn the_rule_for_right_hand_sides() {
        let a = random3((3, 3, 3), 6);
        let one = a.index_axis(Axis(0), 0);
        let vector = Array1::from_vec(vec![1.0, 2.0, 3.0]);
        let column = vector.clone().insert_axis(Axis(1));
        let x = resolvent::solve(&one, &vector).unwrap();
        assert_eq!(resolvent::solve(&one, &column).unwrap().column(0), x);
        // A 3 x 3 right-hand side for three matrices is three columns each, not a vector each.
        let matrix = random3((1, 3, 3), 7).index_axis_move(Axis(0), 0);
        let error = resolvent::solve(&a, &matrix).unwrap_err();
        assert!(error.to_string().contains("pass an ArrayD"), "{error}");
        let solved: ArrayD<f64> = resolvent::solve(&a, &matrix.clone().into_dyn()).unwrap();
        assert_eq!(solved.shape(), [3, 3, 3]);
        // A vector for a stack is solved for each matrix.
        let solved: ArrayD<f64> = resolvent::solve(&a, &vector.clone().into_dyn()).unwrap();
        assert_eq!(solved.shape(), [3, 3]);
        assert_eq!(solved.index_axis(Axis(0), 0), x.view().into_dyn());
        let error = resolvent::solve(&a, &vector).unwrap_err();
        assert!(matches!(error, Error::ShapeMismatch { .. }), "{error}");
        // A stack of right-hand sides for one matrix.
        let sides = random3((5, 3, 2), 8);
        let solved: Array3<f64> = resolvent::solve(&one, &sides).unwrap();
        assert_eq!(solved.dim(), (5, 3, 2));
        assert_eq!(
            solved.index_axis(Axis(0), 4),
            resolvent::solve(&one, &sides.index_axis(Axis(0), 4)).unwrap()
        );
        let lu = resolvent::lu(&one).unwrap();
        assert_eq!(lu.solve(&sides).unwrap().dim(), (5, 3, 2));
        assert_eq!(lu.l().unwrap().dim(), (3, 3));
    }

    #[test]
    fn too_few_dimensions_and_empty_ones() {
        let vector = ArrayD::<f64>::zeros(IxDyn(&[3]));
        assert_eq!(resolvent::inv(&vector).unwrap_err(), Error::NotAMatrix { shape: vec![3] });
        assert_eq!(resolvent::det(&arr0(1.0).into_dyn()).unwrap_err(), Error::NotAMatrix { shape: vec![] });
        let a = Array2::<f64>::eye(3);
        assert_eq!(resolvent::solve(&a, &arr0(1.0)).unwrap_err(), Error::NotAMatrix { shape: vec![] });
        assert_eq!(
            resolvent::inv(&Array::zeros((4, 2, 3)) as &Array3<f64>).unwrap_err(),
            Error::NotSquare { shape: vec![4, 2, 3] }
        );
        assert_eq!(resolvent::inv(&Array2::<f64>::zeros((0, 0))).unwrap().dim(), (0, 0));
        assert_eq!(resolvent::inv(&Array3::<f64>::zeros((0, 3, 3))).unwrap().dim(), (0, 3, 3));
        assert_eq!(resolvent::det(&Array3::<f64>::zeros((2, 0, 0))).unwrap(), ndarray::array![1.0, 1.0]);
        assert_eq!(resolvent::solve(&a, &Array2::zeros((3, 0))).unwrap().dim(), (3, 0));
    }

    #[test]
    fn a_stack_with_a_singular_matrix() {
        let mut a = random3((3, 2, 2), 9).mapv(|x| Complex::new(x as f32, -x as f32));
        a.index_axis_mut(Axis(0), 1).fill(Complex::new(1.0, 1.0));
        let answer = resolvent::inv_ex(&a).unwrap();
        assert_eq!(answer.info.status, [Status::Ok, Status::Singular, Status::Ok]);
        assert!(answer.inverse.index_axis(Axis(0), 1).iter().all(|z| z.re.is_nan() && z.im.is_nan()));
        assert!(answer.inverse.index_axis(Axis(0), 2).iter().all(|z| z.is_finite()));
        let error = resolvent::inv(&a).unwrap_err();
        let dependence = Some("row 1 = row 0".to_owned());
        assert_eq!(error, Error::Singular { matrix: 1, pivot: 1, dependence, all: vec![1] });
    }
}

#[cfg(feature = "nalgebra")]
mod nalgebra_matrices {
    use nalgebra::{DMatrix, DVector, Matrix3, Matrix3x2, SMatrix, Vector3};
    use resolvent::{Complex, Error};

    use super::*;

    #[test]
    fn static_sizes() {
        let a = Matrix3::new(4.0, 1.0, 2.0, 0.0, 3.0, 1.0, 1.0, 1.0, 5.0);
        let inverse: Matrix3<f64> = resolvent::inv(&a).unwrap();
        assert!((a * inverse - Matrix3::identity()).abs().max() < 1e-15);
        let b = Vector3::new(1.0, 2.0, 3.0);
        let x: Vector3<f64> = resolvent::solve(&a, &b).unwrap();
        assert!((a * x - b).abs().max() < 1e-14);
        let sides = Matrix3x2::new(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
        let x: Matrix3x2<f64> = resolvent::solve(&a, &sides).unwrap();
        assert!((a * x - sides).abs().max() < 1e-14);
        let det: f64 = resolvent::det(&a).unwrap();
        assert!((det - a.determinant()).abs() < 1e-12);
        let z = SMatrix::<Complex<f32>, 1, 1>::new(Complex::new(0.0, 2.0));
        assert_eq!(resolvent::inv(&z).unwrap()[(0, 0)], Complex::new(0.0, -0.5));
        assert!(matches!(resolvent::inv(&Matrix3::<f64>::zeros()), Err(Error::Singular { .. })));
    }

    #[test]
    fn dynamic_sizes_and_views() {
        for n in [2, 40, 61] {
            let mut random = Random::new(n as u64);
            let big = DMatrix::from_fn(2 * n, 2 * n, |_, _| random.uniform());
            let views = [
                big.view((1, 0), (n, n)).clone_owned(),
                big.view_with_steps((0, 1), (n, n), (1, 0)).clone_owned(),
            ];
            for own in &views {
                let same = Mat::from_fn(n, n, |i, j| own[(i, j)]);
                let inverse: DMatrix<f64> = resolvent::inv(own).unwrap();
                let expected = resolvent::inv(&same).unwrap();
                assert_eq!(Mat::from_fn(n, n, |i, j| inverse[(i, j)]), expected);
            }
            assert_eq!(
                resolvent::inv(&big.view((1, 0), (n, n))).unwrap(),
                resolvent::inv(&views[0]).unwrap()
            );
            let steps = big.view_with_steps((0, 1), (n, n), (1, 0));
            assert_eq!(resolvent::inv(&steps).unwrap(), resolvent::inv(&views[1]).unwrap());
            let b = DVector::from_fn(n, |i, _| i as f64);
            let x: DVector<f64> = resolvent::solve(&steps, &b).unwrap();
            assert!((&views[1] * x - b).abs().max() < 1e-9);
            assert!(resolvent::solve(&steps, &DVector::<f64>::zeros(n + 1)).is_err());
            assert!(matches!(resolvent::inv(&DMatrix::<f64>::zeros(n, n + 1)), Err(Error::NotSquare { .. })));
            let transposed = big.view((1, 0), (n, n)).transpose();
            assert!(resolvent::det(&transposed).unwrap().is_finite());
        }
    }
}

#[cfg(feature = "faer")]
mod faer_matrices {
    use resolvent::{Complex, Error};

    use super::*;

    #[test]
    fn owned_and_borrowed() {
        for n in [3, 40, 61] {
            let mut random = Random::new(n as u64);
            let a = faer::Mat::<f64>::from_fn(n, n, |_, _| random.uniform());
            let same = Mat::from_fn(n, n, |i, j| a[(i, j)]);
            let to_mat = |x: &faer::Mat<f64>| Mat::from_fn(x.nrows(), x.ncols(), |i, j| x[(i, j)]);
            let inverse: faer::Mat<f64> = resolvent::inv(&a).unwrap();
            assert_eq!(to_mat(&inverse), resolvent::inv(&same).unwrap());
            assert_eq!(to_mat(&resolvent::inv(&a.as_ref()).unwrap()), resolvent::inv(&same).unwrap());
            let transposed = a.as_ref().transpose();
            let expected = resolvent::inv(&same.as_ref().transpose()).unwrap();
            assert_eq!(to_mat(&resolvent::inv(&transposed).unwrap()), expected);
            let reversed = a.as_ref().reverse_rows_and_cols();
            let expected = Mat::from_fn(n, n, |i, j| same[(n - 1 - i, n - 1 - j)]);
            assert_eq!(to_mat(&resolvent::inv(&reversed).unwrap()), resolvent::inv(&expected).unwrap());
            let b = faer::Mat::<f64>::from_fn(n, 2, |i, j| (i + j) as f64);
            let x: faer::Mat<f64> = resolvent::solve(&a, &b).unwrap();
            let sides = Mat::from_fn(n, 2, |i, j| (i + j) as f64);
            assert_eq!(to_mat(&x), resolvent::solve(&same, &sides).unwrap());
            assert_eq!(resolvent::det(&a).unwrap(), resolvent::det(&same).unwrap());
            assert!(matches!(resolvent::inv(&faer::Mat::<f64>::zeros(n, n)), Err(Error::Singular { .. })));
            assert!(matches!(resolvent::inv(&faer::Mat::<f64>::zeros(n, 2)), Err(Error::NotSquare { .. })));
        }
        let z = faer::Mat::from_fn(1, 1, |_, _| Complex::new(0.0, 2.0));
        assert_eq!(resolvent::inv(&z).unwrap()[(0, 0)], Complex::new(0.0, -0.5));
    }
}

/// The types of this crate need no feature.
#[test]
fn our_own_types() {
    let a = Random::new(1).mat::<f64>(3, 3);
    let array = [
        [a[(0, 0)], a[(0, 1)], a[(0, 2)]],
        [a[(1, 0)], a[(1, 1)], a[(1, 2)]],
        [a[(2, 0)], a[(2, 1)], a[(2, 2)]],
    ];
    let x: [[f64; 3]; 3] = resolvent::inv(&array).unwrap();
    assert_eq!(x.as_flattened(), resolvent::inv(&a).unwrap().as_slice());
    assert_eq!(resolvent::inv(&a.as_ref()).unwrap(), resolvent::inv(&a).unwrap());
    let x: [f64; 3] = resolvent::solve(&array, &[1.0, 2.0, 3.0]).unwrap();
    assert_eq!(resolvent::solve(&a, &vec![1.0, 2.0, 3.0]).unwrap(), x);
    let empty: [[f64; 0]; 0] = resolvent::inv(&[[0.0_f64; 0]; 0]).unwrap();
    assert!(empty.is_empty());
}
