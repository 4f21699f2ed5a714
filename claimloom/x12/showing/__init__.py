"""For people: described, compared, masked, split, as trees."""
