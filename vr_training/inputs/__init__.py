"""Operator inputs: scripted experts, recorded hands, and hands that arrive over the stream."""
