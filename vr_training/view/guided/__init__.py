"""What a guided exercise shows to patient and therapist, over the same pictures that a lesson of surgery has."""
