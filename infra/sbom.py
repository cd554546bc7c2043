"""Prints what the functions are made of, as a CycloneDX document: each crate with version, licence, origin and checksum.

    python infra/sbom.py aarch64-unknown-linux-gnu toggler enricher bootstrapper

What cargo would compile into these programs for this target; what only builds or tests them is not in them.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def metadata(target):
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def checksums():
    """Of each crate of the registry, by name and version: Cargo.lock holds them, and no cargo command prints them."""
    found, package = {}, {}
    for line in (ROOT / "Cargo.lock").read_text().splitlines():
        key, _, value = line.partition(" = ")
        package = {} if line == "[[package]]" else package
        package[key] = value.strip('"')
        if key == "checksum":
            found[package["name"], package["version"]] = package["checksum"]
    return found


def reached(graph, roots):
    """The packages that these are linked with: along normal dependencies alone."""
    nodes = {node["id"]: node for node in graph["nodes"]}
    seen, waiting = set(), list(roots)
    while waiting:
        package = waiting.pop()
        if package not in seen:
            seen.add(package)
            waiting += [d["pkg"] for d in nodes[package]["deps"] if any(k["kind"] is None for k in d["dep_kinds"])]
    return seen


def component(package, sums):
    name, version = package["name"], package["version"]
    ours = package["source"] is None
    part = {"type": "application" if ours else "library", "name": name, "version": version}
    part["bom-ref"] = part["purl"] = f"pkg:cargo/{name}@{version}"
    if package["license"]:
        part["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if (name, version) in sums:
        part["hashes"] = [{"alg": "SHA-256", "content": sums[name, version]}]
    return part


def main(target, functions):
    told = metadata(target)
    sums = checksums()
    members = set(told["workspace_members"])
    roots = [p["id"] for p in told["packages"] if p["id"] in members and p["name"] in functions]
    parts = reached(told["resolve"], roots)
    packages = sorted((p for p in told["packages"] if p["id"] in parts), key=lambda p: (p["name"], p["version"]))
    version = next(p["version"] for p in packages if p["id"] in members)
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "yakei", "version": version, "bom-ref": f"yakei@{version}"},
            "properties": [{"name": "cargo:target", "value": target}],
        },
        "components": [component(package, sums) for package in packages],
    }
    json.dump(document, sys.stdout, indent=1)
    print()


main(sys.argv[1], set(sys.argv[2:]))
