//! Instruction sets: which there are, which this machine has, which one is in force. The only folder that names one.

use std::fmt;
use std::sync::OnceLock;

use num_complex::Complex;

use crate::table::Kernels;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

/// The environment variable that forces an instruction set.
pub const ISA_VARIABLE: &str = "RESOLVENT_ISA";

/// An instruction set the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Isa {
    /// Plain Rust for the compilation target's baseline; runs everywhere.
    Portable,
    /// x86-64 AVX2 with FMA.
    Avx2,
    /// x86-64 AVX-512 F and DQ.
    Avx512,
}

/// `RESOLVENT_ISA` asks for what does not exist or what this machine does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IsaError {
    /// What was asked for.
    pub requested: String,
    /// What this machine has.
    pub available: Vec<Isa>,
}

impl fmt::Display for IsaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.available.iter().map(|isa| isa.name()).collect();
        write!(
            f,
            "{ISA_VARIABLE}={:?} is not an instruction set of this machine; it has {}; unset the variable to use the best",
            self.requested,
            names.join(", ")
        )
    }
}

impl std::error::Error for IsaError {}

impl Isa {
    /// Every instruction set there are kernels for, weakest first.
    pub const ALL: [Isa; 3] = [Isa::Portable, Isa::Avx2, Isa::Avx512];

    /// The name as `RESOLVENT_ISA` takes it.
    pub fn name(self) -> &'static str {
        match self {
            Isa::Portable => "portable",
            Isa::Avx2 => "avx2",
            Isa::Avx512 => "avx512",
        }
    }

    /// Does this machine (processor and operating system) have it?
    pub fn is_available(self) -> bool {
        match self {
            Isa::Portable => true,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => {
                Isa::Avx2.is_available()
                    && is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
            }
            #[cfg(not(target_arch = "x86_64"))]
            Isa::Avx2 | Isa::Avx512 => false,
        }
    }

    /// Every instruction set this machine has, weakest first.
    pub fn available() -> Vec<Isa> {
        Isa::ALL.into_iter().filter(|isa| isa.is_available()).collect()
    }

    /// The one in force in this process: what `RESOLVENT_ISA` says, else the best the machine has. Decided once.
    ///
    /// # Errors
    /// The variable names an unknown instruction set or one this machine lacks.
    pub fn active() -> Result<Isa, IsaError> {
        static ACTIVE: OnceLock<Result<Isa, IsaError>> = OnceLock::new();
        ACTIVE
            .get_or_init(|| {
                let requested = std::env::var_os(ISA_VARIABLE).unwrap_or_default();
                Isa::choose(&requested.to_string_lossy())
            })
            .clone()
    }

    /// The instruction set by that name, or the best one for an empty name.
    fn choose(requested: &str) -> Result<Isa, IsaError> {
        let available = Isa::available();
        let found = match requested {
            "" => available.last().copied(),
            name => available.iter().copied().find(|isa| isa.name() == name),
        };
        found.ok_or_else(|| IsaError { requested: requested.to_owned(), available })
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
