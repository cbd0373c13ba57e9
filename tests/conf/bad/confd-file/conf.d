mode = observe
