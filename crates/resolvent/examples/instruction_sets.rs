//! Prints the instruction sets of this machine as `RESOLVENT_ISA` takes them, one a line, weakest first.

fn main() {
    for isa in resolvent::Isa::available() {
        println!("{isa}");
    }
}
