from hypothesis import settings

# A busy machine is no fault of the code: what is asked of it here is to be right.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
