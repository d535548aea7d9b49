//! Objects that speak DLPack and nothing else that NumPy's functions listen to.

use pyo3::exceptions::PyBufferError;
use pyo3::intern;
use pyo3::prelude::*;

/// DLPack's numbers of the devices whose memory this process can read: the CPU's, and what CUDA and ROCm pin or manage.
const READABLE_DEVICES: [i32; 4] = [1, 3, 11, 13];

/// `np.from_dlpack(object)`, of an object that has DLPack's methods; none of others.
pub(crate) fn from_dlpack<'py>(object: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let (py, kind) = (object.py(), object.get_type());
    let Some(device_of) = kind.getattr_opt(intern!(py, "__dlpack_device__"))? else { return Ok(None) };
    if kind.getattr_opt(intern!(py, "__dlpack__"))?.is_none() {
        return Ok(None);
    }
    let (device, number): (i32, i32) = device_of.call1((object,))?.extract()?;
    if !READABLE_DEVICES.contains(&device) {
        let message = format!(
            "{} is in the memory of another device, DLPack's ({device}, {number}); copy it to the CPU first",
            kind.name()?
        );
        return Err(PyBufferError::new_err(message));
    }
    py.import("numpy")?.call_method1("from_dlpack", (object,)).map(Some)
}
