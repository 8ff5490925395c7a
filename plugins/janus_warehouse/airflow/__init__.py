"""What knows Airflow: its settings, its processes, and thin wrappers for tasks."""
