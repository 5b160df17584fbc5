"""How many threads libraries start in worker processes."""

from __future__ import annotations

from collections.abc import Mapping

from figmill.own_process import OF_OPENMP, OPENMP

# Besides those that fall back on OMP_NUM_THREADS, so that whoever has set it has set them, these
# know nothing of it: polars, other Rust libraries, Accelerate of macOS, Blosc.
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
    usual = _OTHERS if OPENMP in environment else (OPENMP, *OF_OPENMP, *_OTHERS)
    return {**dict.fromkeys(usual, "1"), **environment}
