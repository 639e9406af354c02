"""What leaves the program: sessions as CSV, Parquet and FHIR, under pseudonyms. May import `control` and `robotics`."""
