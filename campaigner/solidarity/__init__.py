"""Messages for the people who struggle: read by staff, shown on a wall, passed on to the partner."""
