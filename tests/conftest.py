from hypothesis import settings

# Deadlines measure how busy the machine is; whole tests have a limit of their own.
settings.register_profile("figmill", deadline=None)
settings.load_profile("figmill")
