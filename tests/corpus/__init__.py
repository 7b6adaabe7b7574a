"""A tool whose every command fails, with secrets in its hands: what its reports may not hold."""
