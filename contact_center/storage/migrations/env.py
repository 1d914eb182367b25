"""Alembic's entry: runs migrations on the connection that `storage.migrate` hands over."""

from alembic import context

from contact_center.storage.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter columns in place
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
