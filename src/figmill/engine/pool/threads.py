"""How many threads libraries start in worker processes."""

from __future__ import annotations

from collections.abc import Mapping

# What each library asks, before it looks at OMP_NUM_THREADS: OpenBLAS, MKL, BLIS, numexpr, numba
# fall back on that, so whoever has set it has set them.
_OPENMP = "OMP_NUM_THREADS"
_OF_OPENMP = (
    *("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"),
    *("NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"),
)
# These know nothing of it: polars, other Rust libraries, Accelerate of macOS, Blosc.
_OTHERS = (
    *("POLARS_MAX_THREADS", "RAYON_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "BLOSC_NTHREADS"),
)


def limited(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of worker processes, in which each library starts one thread.

    One is every worker's share where there are as many workers as processors; it is one as well
    where there are fewer, since sums depend in their last digits on how many threads share them,
    and figures must not depend on the number of workers.

    Parameters
    ----------
    environment
        That of the run. What it sets itself stays.

    Returns
    -------
    dict
        All variables. They must be there before the libraries are loaded.

    Examples
    --------
    >>> limited({"OMP_NUM_THREADS": "4"}).get("OPENBLAS_NUM_THREADS") is None
    True
    >>> limited({})["POLARS_MAX_THREADS"]
    '1'
    """
    usual = _OTHERS if _OPENMP in environment else (_OPENMP, *_OF_OPENMP, *_OTHERS)
    return {**dict.fromkeys(usual, "1"), **environment}
