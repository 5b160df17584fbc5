"""Made-up FAST files with a known truth: `write_orbits` makes folders of them."""

from figmill.fast.synthetic.orbits import FileTruth, OrbitTruth, write_orbits

__all__ = ["FileTruth", "OrbitTruth", "write_orbits"]
