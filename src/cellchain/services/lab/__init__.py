"""The lab: the questions of the command line, asked of files that somebody sends to a server.

question    what may be asked, and the command line of one asking
shown       what of an answer is shown
bench       the port behind which files lie and questions run
runs        who asked what, how far it is, what came of it
"""
