"""What a server does for its members besides showing: it signs for those whose keys it keeps."""
