#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes NAME.json for the distributions of stdlib/dist (those named, or all), which
tests/values.t compares with unc. Needs python3-mpmath; the tests themselves do not. Each is a
function NAME of one of the files beside this one, and answers a dict of

  case     oracle.case: log densities, slopes, cdfs, quantiles at rows of numbers
  summary  oracle.summary: moments, entropy, mode
  kl       oracle.kl: divergences
  sample   oracle.sample: bins, moments, slopes
  outside  [call, x as text], where the log density is -inf
  bad      [call, the name that its complaint must mention]
  edge     [expression, its value], to 4 ulp of it (or of 1); or oracle.edge, of its largest term
"""
import glob
import importlib
import json
import os
import sys
import oracle

os.chdir(os.path.dirname(os.path.abspath(__file__)))
for path in sorted(glob.glob("*.py")):
    if path in ("oracle.py", "make_values.py"):
        continue
    module = importlib.import_module(path[:-3])
    for name, make in list(vars(module).items()):
        if getattr(make, "__module__", "") != path[:-3] or not os.path.exists(f"../../stdlib/dist/{name}.unc"):
            continue
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        oracle.rng.seed(name)
        with open(name + ".json", "w") as f:
            json.dump(make(), f, allow_nan=False, separators=(",", ":"))
            f.write("\n")
