//! Who may import whom, who names rayon and instruction sets, and where `unsafe` may stand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The rooms of the library from the lowest to the highest floor: a room sees lower floors only.
const FLOORS: [&[&str]; 10] = [
    &["error", "matrix"],
    &["plan", "parallel"],
    &["blas"],
    &["factor", "exact"],
    &["quality"],
    // How the drivers walk a stack, then the drivers.
    &["stacks"],
    &["factored"],
    &["solve", "inverse", "determinant", "lstsq", "objects", "vjp"],
    &["fixed"],
    &["diagnose"],
];

/// Rooms beside the house, and all that they see.
const BESIDE: [(&str, &[&str]); 2] = [("interop", &["error", "matrix"]), ("gallery", &["matrix"])];

/// What one room takes from another of its floor: the factor object gives determinants of its own factors,
/// condition numbers in other norms than the second need the inverse.
const WITHIN_A_FLOOR: [(&str, &str); 4] =
    [("matrix", "error"), ("objects", "lstsq"), ("objects", "determinant"), ("lstsq", "inverse")];

/// Where `unsafe` may stand, besides the kernels' crate: the strided views and owners of memory, and the lines that call
/// a kernel or hand a foreign matrix in.
const UNSAFE: [&str; 37] = [
    "parallel/watch.rs",
    "parallel/mod.rs",
    "parallel/place.rs",
    "parallel/team.rs",
    "matrix/buffer.rs",
    "matrix/view.rs",
    "matrix/stack.rs",
    "matrix/mat.rs",
    "matrix/norm.rs",
    "matrix/slots.rs",
    "matrix/structure.rs",
    "blas/copy.rs",
    "blas/mod.rs",
    "blas/gemm.rs",
    "blas/trsm.rs",
    "blas/trsv.rs",
    "factor/inverse.rs",
    "factor/qr.rs",
    "factor/sparsity/blocks.rs",
    "quality/backward_error.rs",
    "quality/condition.rs",
    "quality/forward_error.rs",
    "quality/second_look.rs",
    "stacks.rs",
    "solve/mod.rs",
    "inverse/mod.rs",
    "determinant.rs",
    "factored.rs",
    "fixed.rs",
    "vjp.rs",
    "objects/triangles.rs",
    "objects/lu.rs",
    "objects/cholesky.rs",
    "objects/ldl.rs",
    "interop/ndarray.rs",
    "interop/nalgebra.rs",
    "interop/faer.rs",
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every source file below a folder: its path from there and its text.
fn sources(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no sources in {}", folder.display());
    found
}

/// The code of a line: without comments. (No string of ours holds two slashes.)
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The code of a file without its unit tests.
fn code_of(text: &str) -> String {
    let body = text.split("#[cfg(test)]").next().unwrap_or_default();
    body.lines().map(code).collect::<Vec<_>>().join("\n")
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// The room of a file: its folder, or its own name.
fn room(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The rooms named right after `crate::`, alone or in braces.
fn imports(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (start, _) in code.match_indices("crate::") {
        // `$crate::` and `my_crate::` are others.
        if code[..start].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[start + "crate::".len()..];
        let (list, many) = rest.strip_prefix('{').map_or((rest, false), |list| (list, true));
        let (mut depth, mut item) = (0, String::new());
        for c in list.chars() {
            match c {
                '{' => depth += 1,
                '}' if many && depth == 0 => break,
                '}' => depth -= 1,
                ',' if many && depth == 0 => {
                    rooms.insert(std::mem::take(&mut item));
                }
                _ if depth == 0 && !c.is_whitespace() => item.push(c),
                _ => {}
            }
            if !(many || c.is_alphanumeric() || c == '_') {
                break;
            }
        }
        rooms.insert(item);
    }
    let name = |item: &String| words(item).next().unwrap_or_default().to_owned();
    rooms.iter().map(name).filter(|room| !room.is_empty()).collect()
}

/// The rooms that a file sees, whether by `crate::` or by enough `super::`.
fn seen_by(file: &str, text: &str) -> BTreeSet<String> {
    let code = code_of(text);
    let mut seen = imports(&code);
    // From a file of the top folder, or from a `mod.rs` one below, `super` is the crate.
    let depth = file.matches('/').count() - usize::from(file.ends_with("/mod.rs"));
    let ladder = "super::".repeat(depth + 1);
    seen.extend(imports(&code.replace(&ladder, "crate::")));
    seen.remove(room(file));
    seen
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn may_see(room: &str, other: &str) -> bool {
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == room) {
        return allowed.contains(&other);
    }
    let (Some(from), Some(to)) = (floor(room), floor(other)) else { return false };
    to < from || WITHIN_A_FLOOR.contains(&(room, other))
}

#[test]
fn the_parser_sees_imports() {
    let code =
        "use crate::a::{b, c};\nuse crate::{d, e::{f, g}, h::i};\nlet x = crate::j(crate::k::l);\n$crate::m";
    let found: Vec<String> = imports(code).into_iter().collect();
    assert_eq!(found, ["a", "d", "e", "h", "j", "k"]);
    let seen = |file, text| seen_by(file, text).into_iter().collect::<Vec<_>>();
    assert_eq!(seen("blas/gemm.rs", "use super::pack; use super::super::factor::lu;"), ["factor"]);
    assert_eq!(seen("blas/mod.rs", "use super::factor; use crate::blas::x; // crate::solve"), ["factor"]);
    assert_eq!(seen("plan.rs", "use super::quality; #[cfg(test)] mod t { use crate::solve; }"), ["quality"]);
}

#[test]
fn rooms_see_lower_floors_only() {
    let mut wrong = Vec::new();
    for (file, text) in sources(&crates().join("resolvent/src")) {
        if file == "lib.rs" {
            continue;
        }
        let room = room(&file);
        let known = floor(room).is_some() || BESIDE.iter().any(|(name, _)| *name == room);
        assert!(known, "{file}: which floor is the room `{room}` on? Tell this test, and ARCHITECTURE.md");
        for other in seen_by(&file, &text) {
            if !may_see(room, &other) {
                wrong.push(format!("{file} sees `{other}`"));
            }
        }
    }
    assert!(wrong.is_empty(), "against the order of the floors:\n{}", wrong.join("\n"));
}

#[test]
fn rayon_is_named_in_one_file() {
    for (file, text) in sources(&crates().join("resolvent/src")) {
        let named = words(&code_of(&text)).any(|word| word == "rayon");
        assert_eq!(named, file == "parallel/mod.rs", "{file}");
    }
    for (file, text) in sources(&crates().join("resolvent-kernels/src")) {
        assert!(!words(&code_of(&text)).any(|word| word == "rayon" || word == "spawn"), "kernels/{file}");
    }
}

#[test]
fn instruction_sets_are_named_in_one_folder() {
    let naming = |text: &str| {
        let code = code_of(text).to_lowercase();
        let names =
            ["avx2", "avx512", "avx512f", "neon", "sse2", "target_feature", "is_x86_feature_detected", "asm"];
        let word = words(&code).find(|word| names.contains(word)).map(str::to_owned);
        word.or_else(|| {
            ["core::arch", "std::arch"].iter().find(|path| code.contains(**path)).map(ToString::to_string)
        })
    };
    assert_eq!(naming("use core::arch::x86_64;").as_deref(), Some("core::arch"));
    for name in ["resolvent", "resolvent-kernels", "resolvent-cli", "resolvent-python"] {
        let folder = crates().join(name).join("src");
        if !folder.is_dir() {
            continue;
        }
        for (file, text) in sources(&folder) {
            if name == "resolvent-kernels" && file.starts_with("isa/") {
                continue;
            }
            assert_eq!(naming(&text), None, "{name}/src/{file}");
        }
    }
}

/// Is there `SAFETY` (or `# Safety`, for a declaration) in the comment above this line, or on it?
fn explained(lines: &[&str], at: usize) -> bool {
    let says = |line: &str| {
        let comment = line.split_once("//").map_or("", |(_, comment)| comment);
        comment.contains("SAFETY") || comment.contains("# Safety")
    };
    if says(lines[at]) {
        return true;
    }
    // The comment ends within three lines above; a longer one may begin further up.
    let Some(end) = (at.saturating_sub(3)..at).rev().find(|&l| lines[l].trim_start().starts_with("//"))
    else {
        return false;
    };
    (0..=end).rev().take_while(|&l| lines[l].trim_start().starts_with("//")).any(|l| says(lines[l]))
}

#[test]
fn unsafe_stands_where_it_may_and_is_explained() {
    for (file, text) in sources(&crates().join("resolvent/src")) {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let code = code(line);
            if !words(code).any(|word| word == "unsafe") {
                continue;
            }
            assert!(UNSAFE.contains(&file.as_str()), "{file}:{}: no place for unsafe code", at + 1);
            // The declaration of an unsafe function speaks to its callers, under `# Safety` in its documentation.
            let declaration = code.contains("unsafe fn");
            let documented = || {
                let above = (0..at).rev().take_while(|&l| {
                    let line = lines[l].trim_start();
                    line.starts_with("///") || line.starts_with("#[")
                });
                above.into_iter().any(|l| lines[l].contains("# Safety"))
            };
            let good = if declaration { documented() } else { explained(&lines, at) };
            assert!(good, "{file}:{}: unsafe without a reason: {line}", at + 1);
        }
    }
    assert!(explained(&["// SAFETY: so.", "a", "unsafe { b }"], 2));
    assert!(!explained(&["// SAFETY: so.", "a", "a", "a", "unsafe { b }"], 4));
    assert!(!explained(&["// Whatever.", "unsafe { b }"], 1));
}

/// The workspace crates that a crate's manifest depends on, tests aside.
fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut inside = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && !line.contains("dev-");
            // [dependencies.resolvent]
            if let Some(name) = line.strip_prefix("[dependencies.") {
                found.insert(name.trim_end_matches(']').to_owned());
            }
        } else if inside {
            let name: String =
                line.chars().take_while(|c| c.is_alphanumeric() || "-_".contains(*c)).collect();
            found.insert(name);
        }
    }
    found.into_iter().filter(|name| name.starts_with("resolvent")).collect()
}

#[test]
fn crates_depend_in_one_direction() {
    let rules: [(&str, &[&str]); 4] = [
        ("resolvent-kernels", &[]),
        ("resolvent", &["resolvent-kernels"]),
        ("resolvent-cli", &["resolvent"]),
        ("resolvent-python", &["resolvent"]),
    ];
    for entry in std::fs::read_dir(crates()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(manifest) = std::fs::read_to_string(path.join("Cargo.toml")) else { continue };
        let rule = rules.iter().find(|(crate_name, _)| *crate_name == name);
        let (_, allowed) = rule.unwrap_or_else(|| panic!("whom may the crate {name} depend on?"));
        let found = dependencies(&manifest);
        assert!(found.iter().all(|other| allowed.contains(&other.as_str())), "{name} depends on {found:?}");
    }
}
