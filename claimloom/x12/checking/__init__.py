"""Documents to findings: structure, values, sums, situations; and a second opinion."""
