"""Makes the files beside this one, as NumPy and SciPy write them. Run by hand: the files are checked in."""

import numpy as np
import scipy.io
import scipy.sparse

a = np.array([[2, 1], [1, 3]])
b = np.array([5, 4])
np.save("float32_big_endian_fortran.npy", np.asfortranarray(np.array([[2, 1], [0, 4]]).astype(">f4")))
np.save("complex128.npy", np.array([[1 + 2j, 0], [1, 1j]]))
np.save("complex64_big_endian.npy", np.array([[1 + 2j, 0], [1, 1j]]).astype(">c8"))
np.save("int64_stack.npy", np.array([[[2, 1], [1, 3]], [[1, 2], [2, 4]], [[4, 0], [0, 2]]]))
np.save("bool.npy", np.array([[True, False], [True, True]]))
np.save("float16.npy", a.astype(np.float16))
np.save("longdouble.npy", a.astype(np.longdouble))
np.save("fortran_stack.npy", np.asfortranarray(np.arange(8.0).reshape(2, 2, 2)))
np.save("structured.npy", np.zeros(2, dtype=[("x", "<f8"), ("y", "<i4")]))
np.savez("system.npz", A=a, b=b)
np.savez_compressed("single.npz", inverse_me=np.eye(40) * 2)
np.savetxt("savetxt.csv", a, delimiter=",", header="a, b")
np.savetxt("savetxt_complex.txt", np.array([[1 + 2j, 0], [1, 1j]]))
scipy.io.mmwrite("symmetric.mtx", scipy.sparse.coo_matrix(a), symmetry="symmetric")
scipy.io.mmwrite("hermitian.mtx", np.array([[2, 1 - 3j], [1 + 3j, 4]]), symmetry="hermitian")
