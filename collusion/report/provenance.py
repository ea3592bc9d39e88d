"""Where a case comes from: enough to check it and to repeat the scan."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from collusion.report import formatting
from collusion.report.sanitize import elide, sanitize

if TYPE_CHECKING:
    from collusion.case import Case

__all__ = ["provenance"]

SOURCES, CONFIG_LENGTH = 200, 20_000
"""Most sources, and most characters of the configuration."""


def provenance(case: Case, *, sources: int = SOURCES) -> dict[str, Any]:
    """Return the inputs with their digests, the seed, the versions and the configuration, for a template.

    Parameters
    ----------
    case : Case
    sources : int, default 200
        Most inputs listed.
    """
    provenance = case.provenance
    left = len(provenance.sources) - sources
    hidden = provenance.pseudonymised
    return {
        "sources": [
            {"name": formatting.name(one.name), "format": one.format, "rows": formatting.count(one.rows), "digest": sanitize(one.digest)}
            for one in provenance.sources[:sources]
        ],
        "more_sources": f"{formatting.count(left, 'more source is', 'more sources are')} in case.json." if left > 0 else "",
        "seed": provenance.seed,
        "replicates": formatting.count(provenance.replicates),
        "versions": ", ".join(f"{name} {version}" for name, version in sorted(provenance.versions.items())),
        "config": elide(
            sanitize(json.dumps(dict(provenance.config), indent=1, sort_keys=True, ensure_ascii=False, default=str), prose=True),
            CONFIG_LENGTH,
        ),
        "pseudonymised": ""
        if hidden is None
        else f"Names are pseudonyms ({asdict(hidden)['scheme']}) under the key with the fingerprint {hidden.key}.",
    }
