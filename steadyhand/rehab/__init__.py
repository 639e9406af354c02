"""Guided exercise from order to result: puts robot, patient, law and exercise together and runs them."""
