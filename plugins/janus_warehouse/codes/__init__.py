"""The pure rules of the registries, over a file and without a database.

What the warehouse knows of codes, checks and tumours is SQL in `dbt_project/` and tables in
`metadata/`. The tools of this package run the same SQL over rows that somebody has in a file:
`janus codes <tool> < rows.csv > answered.csv`.
"""
