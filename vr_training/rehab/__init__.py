"""What therapists do with guided exercises: results, plans, progress, reports and exports."""
