"""Some days of a made-up company's agents, sent through the library as real spans, and what they truly cost."""
