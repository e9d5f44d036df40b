"""Commands that other agents run at certain moments: the published client's, under the same names."""
