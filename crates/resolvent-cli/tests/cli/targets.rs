//! What `-o` does to what is there already.
#![cfg(unix)]

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::runner::run;

#[test]
fn a_read_only_file_is_not_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("kept.csv");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    if File::options().write(true).open(&path).is_ok() {
        // root may write anything.
        return;
    }
    run(&["inv", "[[1]]", "-o", path.to_str().unwrap()]).refused(&[
        "kept.csv",
        "cannot be written",
        "denied",
    ]);
    assert_eq!(fs::read(&path).unwrap(), b"old");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_link_to_a_file_yet_to_be_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("d")).unwrap();
    symlink("second.csv", at("first.csv")).unwrap();
    symlink("d/third.csv", at("second.csv")).unwrap();
    assert_eq!(run(&["inv", "[[2]]", "-o", at("first.csv").to_str().unwrap()]).code, 0);
    assert!(at("first.csv").is_symlink() && at("second.csv").is_symlink());
    assert_eq!(fs::read_to_string(at("d/third.csv")).unwrap(), "0.5\n");
    symlink("circle.csv", at("circle.csv")).unwrap();
    run(&["inv", "[[2]]", "-o", at("circle.csv").to_str().unwrap()]).refused(&["cannot be written"]);
    assert!(at("circle.csv").is_symlink());
}
