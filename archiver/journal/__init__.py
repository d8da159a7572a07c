"""What people and schedules decided, and what was done to objects, as one object each in the store."""
