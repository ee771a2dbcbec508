"""Found by every Python process of a `cuda-migrate prove` run, through PYTHONPATH."""

from migrate.prove import bootstrap

bootstrap.start()
