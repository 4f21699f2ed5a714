"""The database: tables, migrations, projections and queries. One definition for SQLite and PostgreSQL.

The journal is the memory. Every other table is a projection of it (``projections``) that can be thrown away and
rebuilt, or a store of raw bytes (``files``).
"""
