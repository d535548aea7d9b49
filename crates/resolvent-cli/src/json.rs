//! The report for programs: one JSON object. Written element by element, so that a large answer is not held twice.

use std::io::{self, Write};

use resolvent::{Tree, digits_to_trust};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::array::{Array, Element, Values, with_array};
use crate::fault::{Fault, Kind};
use crate::verbs::{Answer, Verb};

/// A real number; what JSON has no numeral for is a string.
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            x if x.is_nan() => serializer.serialize_str("NaN"),
            x if x.is_infinite() => serializer.serialize_str(if x > 0.0 { "Infinity" } else { "-Infinity" }),
            x => serializer.serialize_f64(x),
        }
    }
}

/// An element: a number, or `[re, im]`.
struct Entry<T>(T);

impl<T: Element> Serialize for Entry<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Through the shortest text: 0.1 in single precision is 0.1, not 0.10000000149.
        let part = |p| Number(self.0.shortest(p).parse().unwrap_or(f64::NAN));
        if T::PARTS == 1 { part(0).serialize(serializer) } else { [part(0), part(1)].serialize(serializer) }
    }
}

/// Values in C order as lists nested like the shape.
pub(crate) struct Nested<'a, T, F> {
    pub(crate) shape: &'a [usize],
    pub(crate) data: &'a [T],
    pub(crate) item: F,
}

impl<T: Copy, U: Serialize, F: Fn(T) -> U + Copy> Serialize for Nested<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some((&len, shape)) = self.shape.split_first() else {
            return self.data.first().map(|&x| (self.item)(x)).serialize(serializer);
        };
        let step: usize = shape.iter().product();
        let mut list = serializer.serialize_seq(Some(len))?;
        for i in 0..len {
            let data = &self.data[i * step..(i + 1) * step];
            list.serialize_element(&Nested { shape, data, item: self.item })?;
        }
        list.end()
    }
}

impl<T: Element> Serialize for Array<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Nested { shape: self.shape(), data: self.data(), item: Entry }.serialize(serializer)
    }
}

impl Serialize for Values {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        with_array!(self, array => array.serialize(serializer))
    }
}

impl Serialize for Fault {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.name())?;
        map.serialize_entry("message", &self.message)?;
        if let Some(file) = &self.file {
            map.serialize_entry("file", file)?;
        }
        if let Some((line, column)) = self.position {
            map.serialize_entry("line", &line)?;
            map.serialize_entry("column", &column)?;
        }
        map.end()
    }
}

/// The object of a run that came to an answer, and perhaps to a fault as well.
struct Report<'a> {
    answer: &'a Answer,
    output: Option<&'a str>,
    fault: Option<&'a Fault>,
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { answer, output, fault } = *self;
        let info = &answer.info;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("command", answer.command())?;
        map.serialize_entry("shape", answer.values.shape())?;
        map.serialize_entry("dtype", answer.values.dtype().name())?;
        match output {
            Some(output) => map.serialize_entry("output", output)?,
            None if answer.is_void() => {}
            None => map.serialize_entry(answer.noun(), &answer.values)?,
        }
        match &answer.verb {
            Verb::Solve { unknowns } if !unknowns.is_empty() => map.serialize_entry("variables", unknowns)?,
            Verb::Det { sign, logabsdet } => {
                map.serialize_entry("sign", sign)?;
                map.serialize_entry("logabsdet", logabsdet)?;
            }
            _ => {}
        }
        let shape = &info.batch[..];
        map.serialize_entry(
            "status",
            &Nested { shape, data: &info.status, item: |s: resolvent::Status| s.name() },
        )?;
        map.serialize_entry("rcond", &Nested { shape, data: &info.rcond, item: Number })?;
        if !matches!(answer.verb, Verb::Det { .. }) {
            map.serialize_entry(
                "backward_error",
                &Nested { shape, data: &info.backward_error, item: Number },
            )?;
            map.serialize_entry("forward_error", &Nested { shape, data: &info.forward_error, item: Number })?;
        }
        let epsilon = answer.epsilon();
        let digits = |rcond| digits_to_trust(rcond, epsilon);
        map.serialize_entry("digits", &Nested { shape, data: &info.rcond, item: digits })?;
        map.serialize_entry("method", info.method.name())?;
        if let Some(fault) = fault {
            match fault.kind {
                Kind::Singular => map.serialize_entry("error", &Singular { fault, answer })?,
                _ => map.serialize_entry("error", fault)?,
            }
        }
        map.end()
    }
}

/// The error of singular matrices, with their flat indices and pivots.
struct Singular<'a> {
    fault: &'a Fault,
    answer: &'a Answer,
}

impl Serialize for Singular<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let failures = &self.answer.info.failures;
        let indices: Vec<usize> = failures.iter().map(|failure| failure.matrix).collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.fault.kind.name())?;
        map.serialize_entry("message", &self.fault.message)?;
        map.serialize_entry("file", &self.fault.file)?;
        map.serialize_entry("matrix", &failures.first().map(|failure| failure.matrix))?;
        map.serialize_entry("pivot", &failures.first().map(|failure| failure.pivot))?;
        let dependence = failures.first().and_then(|failure| failure.dependence.as_ref());
        map.serialize_entry("dependence", &dependence.map(ToString::to_string))?;
        map.serialize_entry("indices", &indices)?;
        map.end()
    }
}

/// Writes the object of an answer.
pub(crate) fn write_answer(
    out: &mut impl Write,
    answer: &Answer,
    output: Option<&str>,
    fault: Option<&Fault>,
) -> io::Result<()> {
    write(out, &Report { answer, output, fault })
}

/// A part of a diagnosis.
struct Branch<'a>(&'a Tree);

impl Serialize for Branch<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Tree::Nothing => serializer.serialize_unit(),
            Tree::Truth(x) => serializer.serialize_bool(*x),
            Tree::Whole(x) => serializer.serialize_i64(*x),
            Tree::Number(x) => Number(*x).serialize(serializer),
            Tree::Complex(re, im) => [Number(*re), Number(*im)].serialize(serializer),
            Tree::Text(text) => serializer.serialize_str(text),
            Tree::List(items) => serializer.collect_seq(items.iter().map(Branch)),
            Tree::Map(entries) => {
                serializer.collect_map(entries.iter().map(|(name, value)| (name, Branch(value))))
            }
        }
    }
}

/// A diagnosis, and the fault that `--strict` makes of it.
struct Finding<'a>(&'a Tree, Option<&'a Fault>);

impl Serialize for Finding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("command", "diagnose")?;
        if let Tree::Map(entries) = self.0 {
            for (name, value) in entries {
                map.serialize_entry(name, &Branch(value))?;
            }
        }
        if let Some(fault) = self.1 {
            map.serialize_entry("error", fault)?;
        }
        map.end()
    }
}

/// Writes the object of a diagnosis.
pub(crate) fn write_diagnosis(out: &mut impl Write, tree: &Tree, fault: Option<&Fault>) -> io::Result<()> {
    write(out, &Finding(tree, fault))
}

/// Writes the object of a failure without an answer.
pub(crate) fn write_fault(out: &mut impl Write, fault: &Fault) -> io::Result<()> {
    write(out, &std::collections::BTreeMap::from([("error", fault)]))
}

/// Writes one object on one line.
pub(crate) fn write(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    writeln!(out)
}
