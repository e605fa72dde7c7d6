"""What the development server adds to pages: files that are never part of a published site."""
