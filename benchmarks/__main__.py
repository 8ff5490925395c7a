"""`make bench`: run the benchmarks and write `.janus/bench/results.json`.

python -m benchmarks            all
python -m benchmarks ingest     one, its records replaced in the file
"""

import importlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measure import machine
from janus_warehouse.platform.database import ensure_database
from janus_warehouse.platform.settings import get_settings

BENCHMARKS = tuple(sorted(p.stem[6:] for p in Path(__file__).parent.glob("bench_*.py")))


def main(chosen: list[str]) -> int:
    """Run the chosen benchmarks (all by default); return 2 for an unknown name."""
    unknown = [name for name in chosen if name not in BENCHMARKS]
    console = Console()
    if unknown:
        console.print(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
        return 2
    ensure_database()
    path = get_settings().bench_dir / "results.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads(path.read_text()) if path.exists() else {}
    table = Table("figure", "rows", "seconds", "reference", "ratio", "target", "peak MiB")
    for name in chosen or BENCHMARKS:
        console.print(f"bench {name} …")
        records = importlib.import_module(f"benchmarks.bench_{name}").records()
        at = datetime.now(UTC).isoformat(timespec="seconds")
        results[name] = [{**r, "measured_at": at, "machine": machine()} for r in records]
        for r in records:
            cells = [r["rows"], r["seconds"], r["reference"], r["ratio"], r["target_ratio"]]
            table.add_row(r["name"], *(str(c) if c is not None else "" for c in cells),
                          str(r["peak_mib"] or ""))  # fmt: skip
    path.write_text(json.dumps(results, indent=2) + "\n")
    console.print(table)
    console.print(f"written to {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
