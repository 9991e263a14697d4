"""The authorization servers: Atlassian's, and the one that a Data Center has."""
