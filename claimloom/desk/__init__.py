"""What joins domain packages for the services: what should be paid, and what a person does next. No database here."""
