"""Pictures of a ring, and pages that open offline: `collusion.report.pages.write_report` writes them, `collusion.plot` shows pictures."""
