"""Runs the revisions against DATABASE_URL; a second run waits until the first has ended."""

import os
from logging.config import fileConfig

from alembic import context
from sqlalchemy import create_engine, text

fileConfig(context.config.config_file_name)

LOCK = 7241865325823965

url = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+psycopg://", 1)

with create_engine(url).connect() as connection:
    connection.execute(text(f"select pg_advisory_lock({LOCK})"))
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
