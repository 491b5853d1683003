"""add the owner of a memory"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    # Nullable: the release that serves while this runs does not write it.
    op.add_column("memories", sa.Column("owner", sa.Text))


def downgrade():
    op.drop_column("memories", "owner")
