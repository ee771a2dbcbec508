"""Deployment files: shell and Slurm scripts, Dockerfiles, configuration."""
