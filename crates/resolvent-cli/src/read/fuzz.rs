//! Random and mutated input for every reader: an error is fine, a panic is not.

use proptest::prelude::*;

use super::*;
use crate::array::{Array, Element, with_array};
use crate::equations::read_equations;
use crate::write::npy::{write_npy, write_npz};

const FORMATS: [Format; 6] =
    [Format::Npy, Format::Npz, Format::Csv, Format::Tsv, Format::Mtx, Format::Literal];

fn feed(bytes: &[u8]) {
    for format in FORMATS {
        if let Ok(values) = parse_bytes(bytes, format) {
            with_array!(&values, a => assert_eq!(a.shape().iter().product::<usize>(), a.data().len()));
        }
    }
    if let Ok(text) = decode(bytes) {
        let _ = read_equations(&text).map_err(|fault| fault.to_string());
    }
    let _ = Format::sniff(bytes);
}

/// One valid input of every kind, as seeds of mutation.
fn seeds() -> Vec<Vec<u8>> {
    let array = Array::new(vec![2, 2], vec![2.0, 1.0, 1.0, 3.0]);
    let mut npy = Vec::new();
    write_npy(&mut npy, &array).unwrap();
    let mut npz = io::Cursor::new(Vec::new());
    write_npz(&mut npz, &array, "A").unwrap();
    let mut seeds = vec![npy, npz.into_inner()];
    seeds.extend(
        [
            "x,y\n2,\"1\"\n1,3 # c\n",
            "2\t1+2i\n1\t-3.5e-7j\n",
            "%%MatrixMarket matrix coordinate complex hermitian\n% c\n2 2 2\n1 1 2 0\n2 1 1 -3\n",
            "%%MatrixMarket matrix array real skew-symmetric\n2 2\n5\n",
            "[[[2,1],[1,3]],[[1/2,nan],[1 + 2i,-inf]]]",
            "2x + y/3 = 5*(1 - α_1) ; x^1 + .3e1y = 4\n(1/2)α_1 - x = 2^-1 # end",
        ]
        .map(|text| text.as_bytes().to_vec()),
    );
    seeds
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        feed(&bytes);
    }

    #[test]
    fn random_text(text in "\\PC{0,80}") {
        feed(text.as_bytes());
    }

    #[test]
    fn text_of_the_readers_own_alphabet(text in "[-0-9.,;eij+*/^()\\[\\]xyα= \t\n\"#%na]{0,60}") {
        feed(text.as_bytes());
    }

    #[test]
    fn mutated_input(
        seed in 0_usize..8,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..6),
    ) {
        let mut bytes = seeds()[seed].clone();
        for (place, byte, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes.truncate(at),
            }
        }
        feed(&bytes);
    }

    #[test]
    fn swapped_words(seed in 0_usize..8, from in any::<prop::sample::Index>(), digits in "[0-9]{1,25}") {
        let seed = &seeds()[seed];
        // A number of any size in place of a number: extents, counts, indices and coefficients.
        let places: Vec<usize> = (0..seed.len()).filter(|&i| seed[i].is_ascii_digit()).collect();
        prop_assume!(!places.is_empty());
        let at = places[from.index(places.len())];
        feed(&[&seed[..at], digits.as_bytes(), &seed[at + 1..]].concat());
    }

    #[test]
    fn a_printed_system_reads_back(
        n in 1_usize..5,
        numbers in proptest::collection::vec(prop_oneof![any::<i8>().prop_map(f64::from), -1e9..1e9, any::<f64>()], 30),
        spaces: bool,
    ) {
        let numbers: Vec<f64> = numbers.iter().map(|&x| if x.is_finite() { x } else { 0.5 }).collect();
        let space = if spaces { " " } else { "" };
        let mut text = String::new();
        for row in numbers.chunks(n + 1).take(n) {
            for (j, &x) in row[..n].iter().enumerate() {
                let sign = if x.is_sign_negative() { "-" } else if j > 0 { "+" } else { "" };
                text += &format!("{sign}{space}{}{space}x_{j}{space}", x.abs().shortest(0));
            }
            text += &format!("={space}{};{space}", row[n].shortest(0));
        }
        let system = read_equations(&text).unwrap();
        for (i, row) in numbers.chunks(n + 1).take(n).enumerate() {
            prop_assert_eq!(&system.a.data()[i * n..(i + 1) * n], &row[..n], "{}", text);
            prop_assert_eq!(system.b.data()[i], row[n]);
        }
    }

    #[test]
    fn a_printed_matrix_is_a_literal(numbers in proptest::collection::vec(any::<f64>(), 4), spaces: bool) {
        prop_assume!(numbers.iter().all(|x| !x.is_nan()));
        let comma = if spaces { " " } else { "," };
        let n: Vec<String> = numbers.iter().map(|x| x.shortest(0)).collect();
        let text = format!("[[{}{comma}{}]{comma}[{}{comma}{}]]", n[0], n[1], n[2], n[3]);
        prop_assert_eq!(parse_bytes(text.as_bytes(), Format::Literal).unwrap(), f64::wrap(Array::new(vec![2, 2], numbers)));
    }
}
