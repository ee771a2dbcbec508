"""Build files and dependency manifests."""
