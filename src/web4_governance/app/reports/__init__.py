"""Reports: what a period's records show, for somebody who has to judge it (docs/spec/report.md)."""
